/**
 * Serves one volume in the network namespace that this process is in, and ends: the kernel goes on. Its argument is the
 * options of the driver and the requests, as JSON.
 */
import {
  type ExportRequest,
  type GrantRequest,
  NvmetDriver,
  type NvmetDriverOptions,
  type OpenRequest,
} from '../../src/index.ts';

export interface Served {
  readonly options: NvmetDriverOptions;
  readonly open: Omit<OpenRequest, 'listener'>;
  readonly listener: { readonly address: string; readonly port: number };
  readonly export: ExportRequest;
  readonly grant: GrantRequest;
}

const served: Served = JSON.parse(process.argv[2] ?? '{}');
const driver = new NvmetDriver(served.options);
const listener = {
  ...served.listener,
  openSocket: (): number => {
    throw new Error('the kernel makes its socket itself');
  },
  runInside: <T>(action: () => T): T => action(),
};
await driver.open({ ...served.open, listener });
await driver.export(served.export);
await driver.grant(served.grant);
