import type { IoHypervisorDriver } from './contract.ts';
import { NvmetDriver } from './drivers/nvmet/nvmet-driver.ts';
import type { NvmetDriverOptions } from './drivers/nvmet/options.ts';
import type { QsdDriverOptions } from './drivers/qsd/options.ts';
import { QsdDriver } from './drivers/qsd/qsd-driver.ts';
import type { SplitioDriverOptions } from './drivers/splitio/options.ts';
import { SplitioDriver } from './drivers/splitio/splitio-driver.ts';

/** What each driver is configured with. */
export interface DriverOptions {
  readonly nvmet: NvmetDriverOptions;
  readonly qsd: QsdDriverOptions;
  readonly splitio: SplitioDriverOptions;
}

type DriverFactories = { readonly [K in keyof DriverOptions]: (options: DriverOptions[K]) => IoHypervisorDriver };

/** Every driver that we know: a driver is a folder below `drivers/` and a line here. */
export const drivers: DriverFactories = {
  nvmet: (options) => new NvmetDriver(options),
  qsd: (options) => new QsdDriver(options),
  splitio: (options) => new SplitioDriver(options),
};

/** Whether a driver of ours has this name. Others are npm packages: see `loadDriverPackage`. */
export function isDriverName(text: string): text is keyof DriverOptions {
  return Object.hasOwn(drivers, text);
}
