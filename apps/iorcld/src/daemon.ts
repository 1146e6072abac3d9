import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Host } from '@iorcl/api';
import { driverName, drivers, type IoHypervisorDriver } from '@iorcl/iohyp-driver';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { ConfigurationError, describeError, type Logger, type RunningService } from '@iorcl/service';
import { createTenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { Attachments } from './attachment/attachments.ts';
import { listeningIn } from './attachment/listening.ts';
import { KeyedLocks } from './attachment/locks.ts';
import type { AttachmentRecord } from './attachment/record.ts';
import { StepRunner } from './attachment/runner.ts';
import { attachmentSteps } from './attachment/steps.ts';
import { OpenStackCloud } from './cloud/openstack-cloud.ts';
import type { IorcldConfiguration } from './configuration/configuration.ts';
import { machineConnector } from './configuration/connector.ts';
import { Authentication } from './http/authentication.ts';
import { Health } from './http/health.ts';
import { createServer } from './http/server.ts';
import { SqliteJournal } from './journal/sqlite-journal.ts';

/** A daemon that answers. */
export interface Daemon extends RunningService {
  readonly url: string;
}

/**
 * Starts iorcld: opens the journal, listens, and adopts what the journal says is attached. Exports go on when it stops.
 *
 * @throws ConfigurationError, JournalError
 */
export async function startDaemon(configuration: IorcldConfiguration, logger: Logger): Promise<Daemon> {
  const { api, network, service_user: user } = configuration;
  const { host } = configuration.DEFAULT;
  const tls = readTls(api);
  const client = new OpenStackClient({
    auth: passwordAuth({
      authUrl: user.auth_url,
      username: user.username,
      password: user.password,
      projectName: user.project_name,
      userDomainName: user.user_domain_name,
      projectDomainName: user.project_domain_name,
    }),
    region: user.region_name,
    interface: user.interface,
    ca: user.cafile === undefined ? undefined : readConfigured('[service_user] cafile', user.cafile),
  });
  const cloud = new OpenStackCloud(client);
  const driver = orConfigurationError('[iohyp]', () => createDriver(configuration.iohyp));
  const plugs = orConfigurationError('[network]', () =>
    createTenantNetworkPlugs({
      site: network.site,
      host,
      targets: network.targets,
      stateDirectory: network.state_directory,
      namespaceDirectory: network.namespace_directory,
    }),
  );
  const connector = machineConnector(host, configuration.connector);
  const locks = new KeyedLocks();
  const journal = new SqliteJournal(join(configuration.DEFAULT.state_directory, 'journal.sqlite'));
  try {
    refuseForeignJournal(journal.attachments(), host, driver.name);
  } catch (cause) {
    journal.close();
    throw cause;
  }
  const steps = attachmentSteps({ cinder: cloud, plugs, driver, connector, locks, listening: listeningIn(plugs) });
  const attachments = new Attachments({
    journal,
    runner: new StepRunner({ steps, journal, logger }),
    locks,
    planning: { cinder: cloud, cloud, reachable: Object.keys(network.targets) },
    logger,
    ioHost: host,
    driver: driver.name,
    ports: network.ports,
  });
  const health = new Health({ journal: () => void attachments.list() });
  const server = createServer({
    attachments,
    authentication: new Authentication({ identity: cloud, cacheMs: api.token_cache_seconds * 1_000 }),
    health,
    logger,
    hosts: () => [thisHost(host, attachments)],
    tls,
  });
  try {
    // Adoption takes its place in every attachment's queue before the first request can.
    health.report('adoption', 'attachments of the last run are being verified');
    const adopted = attachments.adoptAll();
    await server.listen({ host: api.bind_host, port: api.bind_port });
    const url = urlOf(server.server.address(), tls !== undefined);
    void adopted
      .then(() => health.clear('adoption'))
      .catch((cause: unknown) => health.report('adoption', describeError(cause)))
      .finally(() => logger.info('ready', { url, attachments: attachments.list().length }));
    return {
      url,
      stop: async () => {
        health.report('service', 'stopping');
        await attachments.stop();
        await adopted;
        await server.close();
        client.close();
        journal.close();
      },
    };
  } catch (cause) {
    await attachments.stop();
    journal.close();
    throw cause;
  }
}

/** What another host or driver exports can't be verified here, let alone undone. */
function refuseForeignJournal(records: readonly AttachmentRecord[], host: string, driver: string): void {
  const problems = new Set(
    records.flatMap((record) => [
      ...(record.ioHost === host
        ? []
        : [`[DEFAULT] host = ${host}, but the journal holds attachments of I/O host ${record.ioHost}`]),
      ...(record.driver === driver
        ? []
        : [`[iohyp] driver = ${driver}, but the journal holds attachments of driver ${record.driver}`]),
    ]),
  );
  if (problems.size > 0) throw new ConfigurationError([...problems]);
}

function createDriver(iohyp: IorcldConfiguration['iohyp']): IoHypervisorDriver {
  const { ceph_configuration_directory: configurationDirectory, ceph_keyring: keyring } = iohyp;
  return drivers[driverName(iohyp.driver)]({
    runtimeDirectory: iohyp.runtime_directory,
    backends: {
      file: { allowedDirectories: iohyp.file_directories },
      rbd: {
        ...(configurationDirectory === undefined ? {} : { configurationDirectory }),
        ...(keyring === undefined ? {} : { keyring }),
      },
    },
  });
}

function orConfigurationError<T>(section: string, create: () => T): T {
  try {
    return create();
  } catch (cause) {
    throw new ConfigurationError([`${section} ${describeError(cause)}`], cause);
  }
}

function readTls(api: IorcldConfiguration['api']): { readonly cert: string; readonly key: string } | undefined {
  if (api.tls_cert_file === undefined || api.tls_key_file === undefined) return undefined;
  return {
    cert: readConfigured('[api] tls_cert_file', api.tls_cert_file),
    key: readConfigured('[api] tls_key_file', api.tls_key_file),
  };
}

function readConfigured(option: string, file: string): string {
  return orConfigurationError(`${option} = ${file}:`, () => readFileSync(file, 'utf8'));
}

function thisHost(host: string, attachments: Attachments): Host {
  const count = attachments.list().length;
  const now = new Date().toISOString();
  return { binary: 'iorcld', host, zone: 'nova', status: 'enabled', state: 'up', attachments: count, updatedAt: now };
}

function urlOf(address: AddressInfo | string | null, secure: boolean): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${secure ? 'https' : 'http'}://${host}:${address.port}`;
}
