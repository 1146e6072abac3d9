import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { DriverError } from '../../contract.ts';
import { readIfThere, readJson, writeWhole } from '../json-file.ts';
import type { AdmittedClients } from './admitted-clients.ts';
import { CLIENTS_OBJECT } from './daemon-arguments.ts';
import { diffieHellmanParameters } from './diffie-hellman-parameters.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { Session } from './session.ts';

/** X.509 instead of pre-shared keys. All are PEM files on the I/O host, read when a daemon starts. */
export interface ServerCertificates {
  /** Of the authority that signs the certificates of clients. */
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /**
   * The distinguished name in the certificate of a client that has been granted access, as GnuTLS writes it: in the
   * certificate's order, e.g. `O=Example,CN={identity}`, where `{identity}` is the grant's. Default `CN={identity}`.
   */
  readonly clientName?: string;
}

const RULES = { path: `/objects/${CLIENTS_OBJECT}`, property: 'rules' } as const;

/** QAPI QAuthZListRule. */
interface Rule {
  readonly match: string;
  readonly policy: 'allow';
  readonly format: 'exact';
}

const rules: z.ZodType<readonly Rule[]> = z.array(
  z.object({ match: z.string(), policy: z.literal('allow'), format: z.literal('exact') }),
);

/**
 * The names of the certificates that may connect, beside the daemon's own certificate. They are in force in the daemon, as
 * rules of an object; the file is for the next one. A grant's secret isn't used: the client's key proves who it is.
 */
export class ClientCertificates implements AdmittedClients {
  readonly #directory: InstanceDirectory;
  readonly #daemon: Pick<Session, 'qmp' | 'call'> | undefined;

  /** @param daemon - the one that runs, if one does */
  constructor(directory: InstanceDirectory, daemon: Pick<Session, 'qmp' | 'call'> | undefined) {
    this.#directory = directory;
    this.#daemon = daemon;
  }

  async areUsed(): Promise<boolean> {
    return (await readIfThere(this.#directory.clientNamesFile)) !== undefined;
  }

  /** @throws {DriverError} `data_plane_failed` for a file that can't be read */
  async create({ caFile, certificateFile, keyFile, clientName = 'CN={identity}' }: ServerCertificates): Promise<void> {
    // These names are given by QEMU's tls-creds-x509.
    await this.#put('ca-cert.pem', await readPem('caFile', caFile));
    await this.#put('server-cert.pem', await readPem('certificateFile', certificateFile));
    await this.#put('server-key.pem', await readPem('keyFile', keyFile));
    await this.#put('dh-params.pem', diffieHellmanParameters);
    await this.#put('client-name', clientName);
    await this.#write([]);
  }

  async identities(): Promise<readonly string[]> {
    const [before = '', after = ''] = (await this.#template()).split('{identity}');
    return (await this.#names()).map((name) => name.slice(before.length, name.length - after.length));
  }

  async put(identity: string): Promise<void> {
    const name = await this.#nameOf(identity);
    const others = (await this.#names()).filter((other) => other !== name);
    await this.#write([...others, name].map(allow));
  }

  async delete(identities: readonly string[]): Promise<void> {
    const gone = new Set(await Promise.all(identities.map((identity) => this.#nameOf(identity))));
    const names = await this.#names();
    const left = names.filter((name) => !gone.has(name));
    if (left.length < names.length) {
      await this.#write(left.map(allow));
    }
  }

  async #nameOf(identity: string): Promise<string> {
    return (await this.#template()).replace('{identity}', identity);
  }

  async #template(): Promise<string> {
    return (await readIfThere(join(this.#directory.keysDirectory, 'client-name'))) ?? '';
  }

  /** Tells a daemon that has just started what the last one knew. */
  async enforce(): Promise<void> {
    await this.#write((await readJson(this.#directory.clientNamesFile, rules)) ?? []);
  }

  async #names(): Promise<readonly string[]> {
    const found =
      this.#daemon === undefined
        ? ((await readJson(this.#directory.clientNamesFile, rules)) ?? [])
        : rules.parse(await this.#daemon.qmp.call('qom-get', RULES, this.#daemon.call));
    return found.map(({ match }) => match);
  }

  async #write(wanted: readonly Rule[]): Promise<void> {
    await this.#daemon?.qmp.call('qom-set', { ...RULES, value: wanted }, this.#daemon.call);
    await writeWhole(this.#directory.clientNamesFile, JSON.stringify(wanted), this.#directory.owner);
  }

  async #put(name: string, text: string): Promise<void> {
    await writeWhole(join(this.#directory.keysDirectory, name), text, this.#directory.owner);
  }
}

function allow(match: string): Rule {
  return { match, policy: 'allow', format: 'exact' };
}

async function readPem(option: keyof ServerCertificates, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DriverError('data_plane_failed', `certificates.${option} can't be read: ${cause}`, { cause });
  });
}
