import type { Driver } from '@iorcl/api';
import {
  type BackendSettings,
  drivers,
  FileKeyManager,
  type IoHypervisorDriver,
  isDriverName,
  type KeyManager,
  loadDriverPackage,
} from '@iorcl/iohyp-driver';
import { describeError } from '@iorcl/service';
import type { Connector } from '../cloud/contract.ts';
import type { IorcldConfiguration } from '../configuration/configuration.ts';

/** What compute hosts can import. */
const TRANSPORTS: readonly string[] = ['nbd', 'nvme-tcp'];

/**
 * Makes the driver that the configuration names: one of ours, or an npm package.
 *
 * @param barbican the key manager, where the configuration names that
 * @throws Error where there is none of that name, or no compute host could use it
 */
export async function createDriver(
  configuration: Pick<IorcldConfiguration, 'iohyp' | 'key_manager'>,
  connector: Connector,
  barbican: KeyManager,
): Promise<IoHypervisorDriver> {
  const driver = await namedDriver(configuration, connector, barbican);
  const { transport } = driver.capabilities;
  if (TRANSPORTS.includes(transport)) return driver;
  throw new Error(
    `it speaks ${transport}, which no compute host imports yet; expected one that speaks ${TRANSPORTS.join(' or ')}`,
  );
}

async function namedDriver(
  { iohyp, key_manager: keys }: Pick<IorcldConfiguration, 'iohyp' | 'key_manager'>,
  connector: Connector,
  barbican: KeyManager,
): Promise<IoHypervisorDriver> {
  const { driver: name, run_as: runAs, cores, file_directories: allowedDirectories } = iohyp;
  if (!isDriverName(name)) {
    return loadDriverPackage(name, iohyp.package_options, iohyp.package_directory).catch((cause: unknown) => {
      const own = Object.keys(drivers).join(', ');
      throw new Error(`neither one of ours (${own}) nor a package: ${describeError(cause)}`, { cause });
    });
  }
  const { runtime_directory: runtimeDirectory = `/run/iorcl/${name}` } = iohyp;
  const backends = backendSettings(iohyp, connector);
  const keyManager = keyManagerOf(keys, barbican);
  switch (name) {
    case 'qsd':
      return drivers.qsd({
        ...{ runtimeDirectory, backends, ...(keyManager === undefined ? {} : { keyManager }) },
        confinement: { cores, ...(runAs === undefined ? {} : { runAs }) },
      });
    case 'nvmet':
      return drivers.nvmet({
        runtimeDirectory,
        backends,
        maxQueues: iohyp.nvme_queues,
        placeholders: true,
        ...(keyManager === undefined ? {} : { keyManager }),
      });
    case 'splitio':
      return drivers.splitio({ runtimeDirectory, allowedDirectories, allowInsecure: iohyp.allow_insecure });
  }
}

function keyManagerOf(
  { kind, directory }: IorcldConfiguration['key_manager'],
  barbican: KeyManager,
): KeyManager | undefined {
  if (kind === 'barbican') return barbican;
  return directory === undefined ? undefined : new FileKeyManager(directory);
}

/** iSCSI and NVMe storage know this host by what its connector tells Cinder. */
function backendSettings(
  iohyp: IorcldConfiguration['iohyp'],
  { initiator: initiatorName, nqn: hostNqn }: Connector,
): BackendSettings {
  const { ceph_configuration_directory: configurationDirectory, ceph_keyring: keyring } = iohyp;
  const { nfs_mount_point_base: mountPointBase } = iohyp;
  return {
    file: { allowedDirectories: iohyp.file_directories },
    local: { allowedPrefixes: iohyp.local_prefixes },
    rbd: {
      ...(configurationDirectory === undefined ? {} : { configurationDirectory }),
      ...(keyring === undefined ? {} : { keyring }),
    },
    ...(initiatorName === undefined ? {} : { iscsi: { initiatorName } }),
    ...(hostNqn === undefined ? {} : { nvmeof: { hostNqn } }),
    ...(mountPointBase === undefined ? {} : { nfs: { mountPointBase } }),
  };
}

/** Whether encrypted volumes can be opened here. */
export function decrypts(
  { capabilities }: IoHypervisorDriver,
  { key_manager: keys }: Pick<IorcldConfiguration, 'key_manager'>,
): boolean {
  return capabilities.interposers.includes('luks') && (keys.kind === 'barbican' || keys.directory !== undefined);
}

/** What the API says of a driver. */
export function driverView({ name, capabilities }: IoHypervisorDriver): Driver {
  const { transport, secure, backends, interposers, resize, recreates } = capabilities;
  return { name, transport, secure, backends: [...backends], interposers: [...interposers], resize, recreates };
}
