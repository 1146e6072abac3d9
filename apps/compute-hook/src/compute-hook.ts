import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { ApiClient } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { ConfigurationError, describeError, type Logger, type RunningService } from '@iorcl/service';
import { createTenantNetworkPlugs, type PlugPlace } from '@iorcl/vlan-netlink';
import { type AttachmentHook, handleRequest } from './attachments/attachment-hook.ts';
import { SerialQueue } from './attachments/serial-queue.ts';
import { OpenStackCloudView } from './cloud/openstack-cloud-view.ts';
import type { HookConfiguration } from './configuration/configuration.ts';
import { HostImporters } from './importers/host-importers.ts';
import { createImporters, onlyByName } from './importers/registry.ts';
import { Grants } from './imports/grants.ts';
import { Growth } from './imports/growth.ts';
import { ImportKeeper } from './imports/import-keeper.ts';
import { Imports } from './imports/imports.ts';
import { RecordStore } from './imports/record-store.ts';
import { createFrontDoor } from './proxy/front-door.ts';
import { ReverseProxy } from './proxy/reverse-proxy.ts';
import { closeServer, listen } from './proxy/serving.ts';

/** A hook that answers. */
export interface ComputeHook extends RunningService {
  readonly url: string;
}

/**
 * Starts the hook: makes the imports on record again, then listens. Imports go on when it stops.
 *
 * @throws ConfigurationError
 */
export async function startComputeHook(configuration: HookConfiguration, logger: Logger): Promise<ComputeHook> {
  const { proxy: options, iorcl, importer: importing, DEFAULT } = configuration;
  const cinderCa = readConfigured('[proxy] cinder_ca_file', options.cinder_ca_file);
  const iorclCa = readConfigured('[iorcl] cafile', iorcl.cafile);
  const client = openStackClient(configuration, cinderCa);
  const importers = await chooseImporters(configuration, logger);
  const store = RecordStore.open(join(DEFAULT.state_directory, 'imports'));
  for (const problem of store.problems) logger.error(`import record left aside: ${problem}`);
  const plugs = {
    'tenant-namespace': networkPlugs(configuration, 'namespace'),
    'initial-namespace': networkPlugs(configuration, 'host'),
  };
  const imports = new Imports({ store, importers, plugs });
  const proxy = new ReverseProxy({
    cinderEndpoint: options.cinder_endpoint,
    ...(cinderCa === undefined ? {} : { ca: cinderCa }),
  });
  const ioHost = new ApiClient({
    endpoint: iorcl.endpoint,
    timeoutMs: iorcl.timeout * 1_000,
    token: () => client.token(),
    ...(iorclCa === undefined ? {} : { ca: iorclCa }),
  });
  const queue = new SerialQueue();
  const growth = new Growth({ imports, ioHost, queue });
  const cloud = new OpenStackCloudView(client, options.decision_timeout * 1_000);
  const hook: AttachmentHook = { proxy, imports, growth, cloud, ioHost, queue };
  const keeper = new ImportKeeper({
    imports,
    grants: new Grants({ ioHost, cloud, host: DEFAULT.host }),
    growth,
    queue,
    logger,
    intervalMs: importing.check_interval * 1_000,
  });
  // nova-compute starts guests as soon as the hook is there, and expects their disks.
  await keeper.start();
  let server: Server;
  try {
    server = createFrontDoor({
      connections: proxy.connections,
      logger,
      handle: (exchange) => handleRequest(hook, exchange),
    });
    await listen(server, options.bind_host, options.bind_port);
  } catch (cause) {
    await keeper.stop();
    const where = `${options.bind_host}:${options.bind_port}`;
    throw new ConfigurationError([`[proxy] can't listen on ${where}: ${describeError(cause)}`], cause);
  }
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : options.bind_port;
  const url = `http://${options.bind_host.includes(':') ? `[${options.bind_host}]` : options.bind_host}:${port}`;
  logger.info('ready', { url, cinder: options.cinder_endpoint, imports: imports.all().length });
  return {
    url,
    checkAlive: () => {
      if (!server.listening) throw new Error('it does not listen any more');
    },
    stop: async () => {
      await closeServer(server);
      await keeper.stop();
      client.close();
    },
  };
}

async function chooseImporters({ importer }: HookConfiguration, logger: Logger): Promise<HostImporters> {
  const all = createImporters({
    importsDirectory: importer.imports_directory,
    runtimeDirectory: importer.runtime_directory,
    reconnectDelaySeconds: importer.reconnect_delay,
    allowPrivateMount: importer.allow_private_mount,
    qemuUser: importer.qemu_user,
  });
  let importers: HostImporters;
  try {
    importers = await HostImporters.choose({ importers: all, kind: importer.kind, onlyByName });
  } catch (cause) {
    throw new ConfigurationError([`[importer] kind = ${importer.kind}: ${describeError(cause)}`], cause);
  }
  for (const { name, chosenFor, why } of importers.verdicts) {
    if (chosenFor.length > 0) logger.info(`importer ${name} is chosen for exports by ${chosenFor.join(', ')}`);
    if (why !== '') logger.info(`importer ${name} is not chosen: ${why}`);
  }
  return importers;
}

function openStackClient({ proxy, service_user: user }: HookConfiguration, cinderCa?: string): OpenStackClient {
  const ca = [readConfigured('[service_user] cafile', user.cafile), cinderCa].filter((pem) => pem !== undefined);
  return new OpenStackClient({
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
    // Never by the catalog, which may lead back to a hook.
    endpointOverrides: { 'block-storage': `${proxy.cinder_endpoint.replace(/\/+$/, '')}/v3/%(project_id)s` },
    ca: ca.length === 0 ? undefined : ca.join('\n'),
  });
}

function networkPlugs(
  { network, DEFAULT }: HookConfiguration,
  place: PlugPlace,
): ReturnType<typeof createTenantNetworkPlugs> {
  try {
    return createTenantNetworkPlugs({
      site: network.site,
      host: DEFAULT.host,
      targets: network.targets,
      stateDirectory: network.state_directory,
      namespaceDirectory: network.namespace_directory,
      place,
      // A compute host is a client on its tenants' networks, and nothing else.
      inbound: 'refused',
    });
  } catch (cause) {
    throw new ConfigurationError([`[network] ${describeError(cause)}`], cause);
  }
}

function readConfigured(option: string, file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError([`${option} = ${file}: ${describeError(cause)}`], cause);
  }
}
