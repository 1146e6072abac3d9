import { createHash } from 'node:crypto';
import type { IoHypervisorDriver } from '@iorcl/iohyp-driver';
import type { Logger } from '@iorcl/service';
import type { TenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { type Addressing, linkLocalAddressing, neutronPortAddressing } from '../src/attachment/addressing.ts';
import { Attachments } from '../src/attachment/attachments.ts';
import type { Listening } from '../src/attachment/listening.ts';
import { KeyedLocks } from '../src/attachment/locks.ts';
import { StepRunner } from '../src/attachment/runner.ts';
import { networkInUse, volumeShared } from '../src/attachment/sharing.ts';
import type { Step } from '../src/attachment/step.ts';
import { attachmentSteps } from '../src/attachment/steps.ts';
import type { CinderPort, CloudPort, Connector, NetworkPort } from '../src/cloud/contract.ts';
import type { Journal } from '../src/journal/journal.ts';
import { rebuildJournal } from '../src/reconcile/rebuild-journal.ts';
import { type ReconcileLimits, Reconciler } from '../src/reconcile/reconciler.ts';

export const connector: Connector = {
  host: 'io-1',
  ip: '192.0.2.1',
  initiator: 'iqn.2004-10.example:io-1',
  platform: 'x86_64',
  os_type: 'linux',
  multipath: false,
  do_local_attach: false,
};

const grantKey = (identity: string): string => createHash('sha256').update(identity).digest('hex');

/** One life of an iorcld: what a start makes, and a kill takes away. */
export interface Life {
  readonly attachments: Attachments;
  readonly journal: Journal;
  readonly reconciler: Reconciler;
}

/** What an operator would configure. Plain data. */
export interface EngineSettings {
  readonly limits: ReconcileLimits;
  readonly ports: { readonly first: number; readonly last: number };
  readonly parallel: number;
  readonly decrypts: boolean;
  readonly addressMode: 'link-local' | 'neutron-port';
}

export interface EngineOptions {
  readonly settings: EngineSettings;
  readonly journal: Journal;
  readonly cloud: CinderPort & CloudPort & NetworkPort;
  readonly plugs: TenantNetworkPlugs;
  readonly driver: IoHypervisorDriver;
  readonly listening: Listening;
  readonly logger: Logger;
  readonly graceMs: number;
  /** The reconciler's clock, in milliseconds. */
  readonly uptime: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Changes the steps. */
  readonly steps?: ((steps: readonly Step[]) => readonly Step[]) | undefined;
}

/** iorcld without its edges: what `daemon.ts` wires together, but for configuration, HTTP and metrics. */
export function startEngine(options: EngineOptions): Life {
  const { settings, journal, cloud, plugs, driver, listening, logger, graceMs, uptime, sleep } = options;
  const locks = new KeyedLocks();
  const addressing: Addressing =
    settings.addressMode === 'link-local'
      ? linkLocalAddressing
      : neutronPortAddressing({
          neutron: cloud,
          host: connector.host,
          networkInUse: (record) => networkInUse(journal, record),
        });
  const steps = attachmentSteps({
    ...{ cinder: cloud, addressing, plugs, driver, connector, locks, listening },
    shared: (record) => volumeShared(journal, record),
  });
  const runner = new StepRunner({ steps: options.steps?.(steps) ?? steps, journal, logger, graceMs });
  const attachments = new Attachments({
    ...{ journal, runner, locks, logger, grantKey },
    planning: {
      ...{ cinder: cloud, cloud, reachable: ['physnet1', 'physnet2'], decrypts: settings.decrypts },
      limits: driver.capabilities.interposers.includes('throttle'),
      shares: driver.capabilities.sharing === true,
    },
    ioHost: connector.host,
    driver: 'fake',
    parallel: settings.parallel,
    capabilities: driver.capabilities,
    ports: settings.ports,
  });
  const reconciler = new Reconciler({
    ...{ journal, attachments, runner, locks, logger, cloud, driver, plugs, uptime, sleep },
    ...{ host: connector.host, cinder: cloud, neutron: cloud, limits: { ...settings.limits } },
    recover: () =>
      rebuildJournal({
        ...{ journal, driver, plugs, cinder: cloud, cloud, addressing, grantKey },
        ...{ host: connector.host, logger },
      }),
  });
  return { attachments, journal, reconciler };
}
