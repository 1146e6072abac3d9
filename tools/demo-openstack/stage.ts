import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromEnvironment, OpenStackClient } from '@iorcl/openstack-client';
import {
  hookConfiguration,
  iorcldConfiguration,
  type Surroundings,
  writeConfiguration,
} from '../demo/configuration.ts';
import { mountsBelow, processesMentioning, removeDirectory } from '../demo/leftovers.ts';
import { type Finished, iorcl, type Program, startDaemon } from '../demo/program.ts';
import { type CloudParts, createCloudParts } from './cloud-parts.ts';
import type { Testbed } from './testbed.ts';

const IORCLD_PORT = 8790;
/** The testbed leaves this one free. */
const HOOK_PORT = 8876;
const HOOK = `http://127.0.0.1:${HOOK_PORT}`;
const OVSDB = 'tcp:127.0.0.1:6640';

/** The testbed with an I/O host, and nova-compute's Cinder behind the hook. */
export interface Stage {
  readonly directory: string;
  readonly importsDirectory: string;
  readonly ovsdb: string;
  readonly testbed: Testbed;
  readonly cloud: OpenStackClient;
  readonly parts: CloudParts;
  iorcl(...args: string[]): Promise<Finished>;
  dataPlane(): string[];
  mounts(): string[];
  clear(): Promise<void>;
}

export async function buildStage(testbed: Testbed): Promise<Stage> {
  const service = await testbed.credentials('service');
  const directory = mkdtempSync(join(tmpdir(), 'iorcl-demo-openstack-'));
  const importsDirectory = join(testbed.mountsDirectory, 'iorcl-demo');
  mkdirSync(importsDirectory, { recursive: true });
  const cloud = new OpenStackClient(fromEnvironment(await testbed.credentials('admin')));
  const parts = createCloudParts(cloud);
  const daemons: Program[] = [];
  const clear = async (): Promise<void> => {
    // In this order: what is still attached detaches through the hook. The testbed is given back whatever fails.
    try {
      await parts.deleteAll();
    } finally {
      await testbed.setCinderEndpoint('stock');
      for (const daemon of daemons.reverse()) await daemon.end('SIGTERM');
      cloud.close();
    }
    if (mountsBelow(importsDirectory).length > 0)
      throw new Error(`${importsDirectory} and ${directory} are left: look there`);
    removeDirectory(importsDirectory);
    removeDirectory(directory);
  };
  try {
    const surroundings = surroundingsOf(directory, importsDirectory, service);
    daemons.push(...(await startDaemons(surroundings)));
    await testbed.setCinderEndpoint(`${HOOK}/v3/%(project_id)s`);
  } catch (error) {
    await clear();
    throw error;
  }
  return {
    directory,
    importsDirectory,
    ovsdb: OVSDB,
    testbed,
    cloud,
    parts,
    iorcl: (...args) => iorcl(args, { ...service, IORCL_ENDPOINT: `http://127.0.0.1:${IORCLD_PORT}` }),
    dataPlane: () => processesMentioning(`${directory}/`).filter((line) => line.includes('qemu-storage-daemon')),
    mounts: () => mountsBelow(importsDirectory),
    clear,
  };
}

function surroundingsOf(
  directory: string,
  importsDirectory: string,
  service: Readonly<Record<string, string>>,
): Surroundings {
  return {
    directory,
    serviceUser: {
      authUrl: service['OS_AUTH_URL'] ?? '',
      username: service['OS_USERNAME'] ?? '',
      password: service['OS_PASSWORD'] ?? '',
      projectName: service['OS_PROJECT_NAME'] ?? '',
    },
    cinderEndpoint: 'http://127.0.0.1:8776',
    networkTargets: `physnet1:ovs:br-phys1@${OVSDB}, physnet2:ovs:br-phys2@${OVSDB}`,
    computeHost: 'compute-1',
    importsDirectory,
    fileDirectories: directory,
    iorcldPort: IORCLD_PORT,
    hookPort: HOOK_PORT,
  };
}

async function startDaemons(surroundings: Surroundings): Promise<Program[]> {
  const { directory } = surroundings;
  const iorcld = await startDaemon({
    main: 'apps/iorcld/src/main.ts',
    configurationFile: writeConfiguration(join(directory, 'iorcl.conf'), iorcldConfiguration(surroundings)),
    logFile: join(directory, 'iorcld.log'),
    healthUrl: `http://127.0.0.1:${IORCLD_PORT}/healthcheck`,
  });
  const hook = await startDaemon({
    main: 'apps/compute-hook/src/main.ts',
    configurationFile: writeConfiguration(join(directory, 'compute-hook.conf'), hookConfiguration(surroundings)),
    logFile: join(directory, 'compute-hook.log'),
    healthUrl: `${HOOK}/`,
  });
  return [iorcld, hook];
}
