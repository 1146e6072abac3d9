import type { Driver } from '@iorcl/api';
import { driverName, drivers, type IoHypervisorDriver } from '@iorcl/iohyp-driver';
import type { IorcldConfiguration } from '../configuration/configuration.ts';
import { keyDirectory } from './key-directory.ts';

/** Makes the driver that the configuration names. */
export function createDriver({ iohyp, key_manager: keys }: IorcldConfiguration): IoHypervisorDriver {
  const { ceph_configuration_directory: configurationDirectory, ceph_keyring: keyring } = iohyp;
  const {
    runtime_directory: runtimeDirectory = `/run/iorcl/${iohyp.driver}`,
    file_directories: allowedDirectories,
    cores,
    run_as: runAs,
  } = iohyp;
  const backends = {
    file: { allowedDirectories },
    rbd: {
      ...(configurationDirectory === undefined ? {} : { configurationDirectory }),
      ...(keyring === undefined ? {} : { keyring }),
    },
  };
  const keyManager = keys.directory === undefined ? {} : { keyManager: keyDirectory(keys.directory) };
  const name = driverName(iohyp.driver);
  switch (name) {
    case 'qsd':
      return drivers.qsd({
        ...{ runtimeDirectory, backends, ...keyManager },
        confinement: { cores, ...(runAs === undefined ? {} : { runAs }) },
      });
    case 'nvmet':
      return drivers.nvmet({ runtimeDirectory, backends, ...keyManager });
    case 'splitio':
      return drivers.splitio({ runtimeDirectory, allowedDirectories, allowInsecure: iohyp.allow_insecure });
  }
}

/** Whether encrypted volumes can be opened here. */
export function decrypts({ capabilities }: IoHypervisorDriver, { key_manager: keys }: IorcldConfiguration): boolean {
  return capabilities.interposers.includes('luks') && keys.directory !== undefined;
}

/** What the API says of a driver. */
export function driverView({ name, capabilities }: IoHypervisorDriver): Driver {
  const { transport, secure, backends, interposers, resize, recreates } = capabilities;
  return { name, transport, secure, backends: [...backends], interposers: [...interposers], resize, recreates };
}
