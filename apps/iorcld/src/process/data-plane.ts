import type { Driver } from '@iorcl/api';
import { driverName, drivers, type IoHypervisorDriver } from '@iorcl/iohyp-driver';
import type { IorcldConfiguration } from '../configuration/configuration.ts';

/** Makes the driver that the configuration names. */
export function createDriver(iohyp: IorcldConfiguration['iohyp']): IoHypervisorDriver {
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

/** What the API says of a driver. */
export function driverView({ name, capabilities }: IoHypervisorDriver): Driver {
  const { transport, secure, backends, interposers, resize, recreates } = capabilities;
  return { name, transport, secure, backends: [...backends], interposers: [...interposers], resize, recreates };
}
