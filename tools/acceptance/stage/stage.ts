import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '@iorcl/api';
import { fromEnvironment, OpenStackClient } from '@iorcl/openstack-client';
import { type Sections, writeConfiguration } from '../../demo/configuration.ts';
import { mountsBelow, removeDirectory } from '../../demo/leftovers.ts';
import { runToEnd } from '../../demo/program.ts';
import { openTestbed, type Testbed } from '../../demo-openstack/testbed.ts';
import { TESTBED } from '../../testbed/lifecycle.ts';
import { type CloudNames, readCloudNames } from './cloud-names.ts';
import {
  configureHook,
  configureIorcld,
  HOOK_PORTS,
  type HookName,
  IORCLD,
  merge,
  type Places,
} from './configuration.ts';
import { Daemon } from './daemon.ts';
import { Guests } from './guests.ts';

/** A real cloud with an I/O host, and a hook beside each nova-compute and beside nova-api. */
export interface Stage extends Places {
  readonly names: CloudNames;
  /** A user without any rights but a member's. */
  readonly member: OpenStackClient;
  readonly admin: OpenStackClient;
  readonly iorcldApi: ApiClient;
  readonly iorcld: Daemon;
  readonly hooks: Readonly<Record<HookName, Daemon>>;
  readonly guests: Guests;
  /** Volumes that were in the cloud before, whoever left them there: none of ours. */
  readonly strangeVolumes: ReadonlySet<string>;
  /** What iorcld's configuration has beside the suite's own, from its next start on. */
  iorcldOptions: Sections;
  /** The same of the hook beside the testbed's nova-compute. */
  hookOptions: Sections;
  /** Runs a command of the testbed. */
  testbed(command: 'restart' | 'down' | 'set-cinder-endpoint', ...args: readonly string[]): Promise<void>;
  clear(): Promise<void>;
}

const hookNames = ['testbed', 'fake-1', 'fake-2', 'controller'] as const satisfies readonly HookName[];

export async function buildStage(): Promise<Stage> {
  const cloud = openTestbed(process.env);
  const service = await cloud.credentials('service');
  const [member, admin, asService] = [
    new OpenStackClient(fromEnvironment(await cloud.credentials('demo'))),
    new OpenStackClient(fromEnvironment(await cloud.credentials('admin'))),
    new OpenStackClient(fromEnvironment(service)),
  ];
  const places = makePlaces(cloud, service);
  const options: Pick<Stage, 'iorcldOptions' | 'hookOptions'> = { iorcldOptions: {}, hookOptions: {} };
  const iorcld = new Daemon({
    main: 'apps/iorcld/src/main.ts',
    logFile: join(places.directory, 'iorcld.log'),
    healthUrl: `${IORCLD}/healthcheck`,
    configure: () =>
      writeConfiguration(join(places.directory, 'iorcl.conf'), merge(configureIorcld(places), options.iorcldOptions)),
  });
  const hooks = {
    testbed: hookDaemon(places, 'testbed', () => options.hookOptions),
    'fake-1': hookDaemon(places, 'fake-1'),
    'fake-2': hookDaemon(places, 'fake-2'),
    controller: hookDaemon(places, 'controller'),
  };
  const guests = new Guests(join(TESTBED, 'guest'));
  const clear = async (): Promise<void> => {
    await testbedCommand('set-cinder-endpoint', ...endpoints(() => 'stock'));
    await Promise.all(hookNames.map((name) => hooks[name].end()));
    await iorcld.end();
    await guests.close();
    for (const client of [member, admin, asService]) client.close();
    keepLogs(places.directory);
    if (mountsBelow(places.importsDirectory).length > 0) {
      throw new Error(`${places.importsDirectory} and ${places.directory} are left: look there`);
    }
    removeDirectory(places.importsDirectory);
    for (const name of hookNames) removeDirectory(join(places.directory, name));
    removeDirectory(places.directory);
  };
  try {
    await iorcld.start();
    const starts = await Promise.allSettled(hookNames.map((name) => hooks[name].start()));
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    await testbedCommand(
      'set-cinder-endpoint',
      ...endpoints((name) => `http://127.0.0.1:${HOOK_PORTS[name]}/v3/%(project_id)s`),
    );
  } catch (error) {
    await clear();
    throw error;
  }
  const before = await admin.blockStorage.volumes.list({ allProjects: true });
  return Object.assign(options, {
    ...places,
    strangeVolumes: new Set(before.map(({ id }) => id)),
    names: await readCloudNames(member),
    member,
    admin,
    iorcldApi: new ApiClient({ endpoint: IORCLD, token: () => asService.token() }),
    iorcld,
    hooks,
    guests,
    testbed: testbedCommand,
    clear,
  });
}

/** Where the logs of the last run are. */
const LOGS = new URL('../../test-results/acceptance-logs', import.meta.url).pathname;

function keepLogs(directory: string): void {
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(LOGS, { recursive: true });
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.log'))) {
    copyFileSync(join(directory, name), join(LOGS, name));
  }
}

function makePlaces(cloud: Testbed, service: Readonly<Record<string, string>>): Places {
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-acceptance-'));
  const importsDirectory = join(cloud.mountsDirectory, 'iorcl-acceptance');
  mkdirSync(importsDirectory, { recursive: true });
  return {
    directory,
    importsDirectory,
    serviceUser: {
      authUrl: service['OS_AUTH_URL'] ?? '',
      username: service['OS_USERNAME'] ?? '',
      password: service['OS_PASSWORD'] ?? '',
      projectName: service['OS_PROJECT_NAME'] ?? '',
    },
  };
}

function hookDaemon(places: Places, name: HookName, options: () => Sections = () => ({})): Daemon {
  return new Daemon({
    main: 'apps/compute-hook/src/main.ts',
    logFile: join(places.directory, `hook-${name}.log`),
    healthUrl: `http://127.0.0.1:${HOOK_PORTS[name]}/`,
    configure: () =>
      writeConfiguration(join(places.directory, `hook-${name}.conf`), merge(configureHook(places, name), options())),
  });
}

/** Arguments of `set-cinder-endpoint`. */
function endpoints(url: (name: HookName) => string): readonly string[] {
  return [
    ...['--compute', url('testbed'), '--api', url('controller')],
    ...['--host', 'fake-1', url('fake-1'), '--host', 'fake-2', url('fake-2')],
  ];
}

async function testbedCommand(command: string, ...args: readonly string[]): Promise<void> {
  const { status, out, error } = await runToEnd(join(TESTBED, command), args, {}, { timeoutMs: 240_000 });
  if (status !== 0)
    throw new Error(`tools/testbed/${command} ${args.join(' ')} failed with ${status}: ${error || out}`);
}
