// An iorcld that is killed by SIGKILL at an effect of its own. Its engine and journal are the real ones; cloud, networks and
// data plane are with the process that started it, and outlive it as Cinder, the kernel and storage daemons do.
import type { IoHypervisorDriver, OpenRequest, VolumeState } from '@iorcl/iohyp-driver';
import { createLogger } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import type { CinderPort, CloudPort, NetworkPort } from '../../src/cloud/contract.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { openJournal } from '../../src/journal/open-journal.ts';
import { type EngineSettings, startEngine } from '../engine.ts';
import { type KillPoint, MortalProcess } from '../mortal-process.ts';
import { Calls, type Message } from './calls.ts';

export interface StartRequest {
  readonly journalFile: string;
  readonly settings: EngineSettings;
  readonly capabilities: IoHypervisorDriver['capabilities'];
  /** Undefined: it lives. */
  readonly killAt: KillPoint | undefined;
}

/** Network, address and port. */
export type Socket = Parameters<TenantNetworkPlugs['listen']>;

/** {@link IoHypervisorDriver.open}, where the socket is opened by whoever has the data plane. */
export interface Opening {
  open(request: OpenRequest, socket: Socket | undefined): Promise<VolumeState>;
}

/** What its parent may ask of it, besides what it may ask of the engine that was started. */
export class Control {
  #mortal = new MortalProcess();
  #journal: Journal | undefined;

  /** Starts iorcld on this journal; one that was started before ends, as with SIGTERM. */
  start({ journalFile, settings, capabilities, killAt }: StartRequest): void {
    this.#journal?.close();
    const opened = openJournal(journalFile);
    this.#journal = opened;
    const mortal = new MortalProcess(killAt, () => process.kill(process.pid, 'SIGKILL'));
    this.#mortal = mortal;
    // A file descriptor can't travel to the data plane; where it is to listen can.
    const sockets: Socket[] = [];
    const opening = calls.remote<Opening>('opening');
    let uptime = 0;
    const life = startEngine({
      settings,
      journal: mortal.wrap<Journal>(opened),
      cloud: mortal.wrap(calls.remote<CinderPort & CloudPort & NetworkPort>('cloud')),
      plugs: mortal.wrap(
        calls.remote<TenantNetworkPlugs>('plugs', { listen: (...socket) => sockets.push(socket) - 1 }),
      ),
      driver: mortal.wrap(
        calls.remote<IoHypervisorDriver>(
          'driver',
          {
            name: 'fake',
            capabilities,
            open: (request) => opening.open(request, sockets[request.listener.openSocket()]),
          },
          capabilities.cutsOff === true ? [] : ['cutOff'],
        ),
      ),
      listening: () => true,
      logger: createLogger({ name: 'iorcld', write: () => {} }),
      graceMs: 60_000,
      uptime: () => uptime,
      sleep: async (ms) => {
        uptime += ms;
      },
    });
    calls.objects = { control: this, ...life };
  }

  /** What has been changed since the start, in the journal or in the world. */
  effects(): readonly string[] {
    return this.#mortal.effects;
  }
}

const calls = new Calls((message) => process.send?.(message));
calls.objects = { control: new Control() };
process.on('message', (message) => calls.receive(message as Message));
