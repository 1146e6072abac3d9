import { join } from 'node:path';
import { ApiClient, type NbdAccess } from '@iorcl/api';
import { OpenStackClient, passwordAuth } from '@iorcl/openstack-client';
import { SimulatedCompute } from '@iorcl/openstack-client/testing';
import { hookConfiguration, iorcldConfiguration, type Surroundings, writeConfiguration } from './configuration.ts';
import { processesMentioning } from './leftovers.ts';
import { type Finished, iorcl, type Program, startDaemon } from './program.ts';
import { COMPUTE_HOST, type Stage } from './stage.ts';

const IORCLD_PORT = 8790;
const HOOK_PORT = 8876;

/** Who plays: the two daemons, a nova-compute that goes through the hook, and an operator. */
export interface Cast {
  readonly nova: SimulatedCompute;
  /** Runs the command `iorcl` with the operator's credentials. */
  iorcl(...args: string[]): Promise<Finished>;
  /** What the compute host was given to reach an export; the same request again has the same answer. */
  accessOf(attachmentId: string): Promise<NbdAccess>;
  /** Command lines of the storage daemons that run, on either host. */
  dataPlane(): string[];
  /** kill -9. Answers the pid it had. */
  killIorcld(): Promise<number>;
  startIorcld(): Promise<void>;
  leave(): Promise<void>;
}

export async function gatherCast(stage: Stage): Promise<Cast> {
  const { cloud, directory } = stage;
  const { username, password, projectName } = cloud.credentials.service;
  const serviceUser = { authUrl: cloud.authUrl, username, password, projectName };
  const surroundings: Surroundings = {
    directory,
    serviceUser,
    cinderEndpoint: cloud.endpoints.blockStorage,
    networkTargets: 'physnet1:bridge',
    computeHost: COMPUTE_HOST,
    importsDirectory: stage.importsDirectory,
    fileDirectories: stage.volumesDirectory,
    iorcldPort: IORCLD_PORT,
    hookPort: HOOK_PORT,
  };
  const endpoint = `http://127.0.0.1:${IORCLD_PORT}`;
  const startIorcld = (): Promise<Program> =>
    startDaemon({
      main: 'apps/iorcld/src/main.ts',
      configurationFile: writeConfiguration(join(directory, 'iorcl.conf'), iorcldConfiguration(surroundings)),
      logFile: join(directory, 'iorcld.log'),
      healthUrl: `${endpoint}/healthcheck`,
    });
  let daemon = await startIorcld();
  const hook = await startDaemon({
    main: 'apps/compute-hook/src/main.ts',
    configurationFile: writeConfiguration(join(directory, 'compute-hook.conf'), hookConfiguration(surroundings)),
    logFile: join(directory, 'compute-hook.log'),
    healthUrl: `http://127.0.0.1:${HOOK_PORT}/`,
  });
  const operator = {
    OS_AUTH_URL: cloud.authUrl,
    OS_USERNAME: username,
    OS_PASSWORD: password,
    OS_PROJECT_NAME: projectName,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    IORCL_ENDPOINT: endpoint,
  };
  const auth = passwordAuth({ ...serviceUser, userDomainName: 'Default', projectDomainName: 'Default' });
  const keystone = new OpenStackClient({ auth });
  const api = new ApiClient({ endpoint, token: () => keystone.token() });
  const nova = new SimulatedCompute({ cloud, host: COMPUTE_HOST, cinderEndpoint: `http://127.0.0.1:${HOOK_PORT}` });
  return {
    nova,
    iorcl: (...args) => iorcl(args, operator),
    accessOf: async (attachmentId) => {
      const { access } = await api.createAttachment({ attachmentId, computeHost: COMPUTE_HOST });
      if (access.transport !== 'nbd') throw new Error(`the export is by ${access.transport}, expected nbd`);
      return access;
    },
    dataPlane: () => processesMentioning(`${directory}/`).filter((line) => line.includes('qemu-storage-daemon')),
    killIorcld: async () => {
      await daemon.end('SIGKILL');
      return daemon.pid;
    },
    startIorcld: async () => {
      daemon = await startIorcld();
    },
    leave: async () => {
      await nova.stop();
      keystone.close();
      await hook.end('SIGTERM');
      await daemon.end('SIGTERM');
    },
  };
}
