import { ConfigurationError } from './configuration.ts';
import { describeError, type Logger } from './logger.ts';
import { type Supervisor, systemd } from './supervisor.ts';

/** Something that runs until it is told to stop. */
export interface RunningService {
  /** Finishes what runs, then resolves. Called once. */
  stop(): Promise<void>;
  /** Takes over what has changed in the configuration. Without it, SIGHUP does nothing. */
  reload?(): Promise<void>;
  /** Throws, or never answers, when the service no longer does its work and should be started anew. */
  checkAlive?(): Promise<void> | void;
}

/** What a service may say of itself while it runs. */
export interface ServiceControl {
  /** One line for people, shown by `systemctl status`. */
  status(text: string): void;
}

export interface RunServiceOptions {
  readonly logger: Logger;
  start(control: ServiceControl): Promise<RunningService>;
}

/**
 * Runs a service until SIGTERM or SIGINT, then stops it in order; a second signal ends the process at once. SIGHUP reloads.
 * Tells systemd, where that started it, and shows its watchdog that the service lives as long as it says so itself. Sets
 * the exit status: 0 after an orderly stop, 1 when start or stop failed, 2 for a bad configuration.
 */
export async function runService({ logger, start }: RunServiceOptions): Promise<void> {
  const supervisor = systemd(logger);
  const stopping = nextSignal();
  const reloads = new ReloadSignals(logger, supervisor);
  let service: RunningService;
  try {
    service = await start({ status: (text) => void supervisor.status(text) });
  } catch (error) {
    logger.error(`can't start: ${describeError(error)}`);
    process.exitCode = error instanceof ConfigurationError ? 2 : 1;
    stopping.forget();
    reloads.end();
    return;
  }
  void supervisor.ready();
  reloads.begin(service);
  const watchdog = feedWatchdog(supervisor, service, logger);
  const signal = await stopping.arrived;
  logger.info(`${signal}: stopping`);
  const told = supervisor.stopping();
  try {
    await service.stop();
    logger.info('stopped');
  } catch (error) {
    logger.error(`stopping failed: ${describeError(error)}`);
    process.exitCode = 1;
  }
  clearInterval(watchdog);
  reloads.end();
  await told;
}

/** Signals SIGHUP, one reload after the other. Before the service runs there is nothing to reload. */
class ReloadSignals {
  readonly #logger: Logger;
  readonly #supervisor: Supervisor;
  #service: RunningService | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(logger: Logger, supervisor: Supervisor) {
    this.#logger = logger;
    this.#supervisor = supervisor;
    process.on('SIGHUP', this.#arrived);
  }

  begin(service: RunningService): void {
    this.#service = service;
  }

  end(): void {
    process.removeListener('SIGHUP', this.#arrived);
  }

  readonly #arrived = (): void => {
    this.#last = this.#last.then(() => this.#reload());
  };

  async #reload(): Promise<void> {
    const reload = this.#service?.reload?.bind(this.#service);
    if (reload === undefined) return this.#logger.info('SIGHUP: there is nothing to reload');
    this.#logger.info('SIGHUP: reloading');
    await this.#supervisor.reloading();
    try {
      await reload();
      this.#logger.info('reloaded');
    } catch (error) {
      this.#logger.error(`not reloaded, all stays as it was: ${describeError(error)}`);
    }
    await this.#supervisor.ready();
  }
}

/** Shows twice per interval that the service lives, as long as it does. */
function feedWatchdog(
  supervisor: Supervisor,
  service: RunningService,
  logger: Logger,
): ReturnType<typeof setInterval> | undefined {
  if (supervisor.watchdogMs === undefined) return undefined;
  let asking = false;
  return setInterval(() => {
    if (asking) return;
    asking = true;
    void (async () => service.checkAlive?.())()
      .then(
        () => supervisor.alive(),
        (error: unknown) => logger.error(`the watchdog is not fed: ${describeError(error)}`),
      )
      .finally(() => {
        asking = false;
      });
  }, supervisor.watchdogMs / 2);
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
