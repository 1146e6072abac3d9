import { ConfigurationError } from './configuration.ts';
import { describeError, type Logger } from './logger.ts';

/** Something that runs until it is told to stop. */
export interface RunningService {
  /** Finishes what runs, then resolves. Called once. */
  stop(): Promise<void>;
}

export interface RunServiceOptions {
  readonly logger: Logger;
  start(): Promise<RunningService>;
}

/**
 * Runs a service until SIGTERM or SIGINT, then stops it in order. A second signal ends the process at once. Sets the
 * exit status: 0 after an orderly stop, 1 when start or stop failed, 2 for a bad configuration.
 */
export async function runService(options: RunServiceOptions): Promise<void> {
  let service: RunningService;
  const stopping = nextSignal();
  try {
    service = await options.start();
  } catch (error) {
    options.logger.error(`can't start: ${describeError(error)}`);
    process.exitCode = error instanceof ConfigurationError ? 2 : 1;
    stopping.forget();
    return;
  }
  const signal = await stopping.arrived;
  options.logger.info(`${signal}: stopping`);
  try {
    await service.stop();
    options.logger.info('stopped');
  } catch (error) {
    options.logger.error(`stopping failed: ${describeError(error)}`);
    process.exitCode = 1;
  }
}

function nextSignal(): { readonly arrived: Promise<NodeJS.Signals>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  const signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];
  const forget = (): void => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    resolve(signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return { arrived: promise, forget };
}
