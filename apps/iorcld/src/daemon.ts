import { existsSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  ConfigurationError,
  describeError,
  type Logger,
  type RootLogger,
  type RunningService,
  type ServiceControl,
} from '@iorcl/service';
import { createTenantNetworkPlugs } from '@iorcl/vlan-netlink';
import { linkLocalAddressing, neutronPortAddressing } from './attachment/addressing.ts';
import { Attachments } from './attachment/attachments.ts';
import { grantKeys } from './attachment/grant-key.ts';
import { KeyedLocks } from './attachment/locks.ts';
import { observers } from './attachment/observer.ts';
import type { AttachmentRecord } from './attachment/record.ts';
import { StepRunner } from './attachment/runner.ts';
import { networkInUse, volumeShared } from './attachment/sharing.ts';
import { attachmentSteps } from './attachment/steps.ts';
import { connectCloud } from './cloud/connect.ts';
import type { IorcldConfiguration } from './configuration/configuration.ts';
import { machineConnector } from './configuration/connector.ts';
import { EventLog } from './events/event-log.ts';
import { EventObserver } from './events/event-observer.ts';
import { allowedAddresses } from './http/allowed-addresses.ts';
import { Authentication } from './http/authentication.ts';
import { Health } from './http/health.ts';
import { isLocalAdministrator, listenLocally } from './http/local-administrator.ts';
import { createServer, REQUEST_LIMITS } from './http/server.ts';
import { ThisHost } from './http/this-host.ts';
import { type RequestRate, TokenBuckets } from './http/token-buckets.ts';
import type { Journal, LostJournal } from './journal/journal.ts';
import { JournalBackups } from './journal/journal-backups.ts';
import { openJournal as openOrReplaceJournal } from './journal/open-journal.ts';
import { cloudCallObserver } from './metrics/cloud-calls.ts';
import { Metrics } from './metrics/metrics.ts';
import { observedJournal } from './metrics/observed-journal.ts';
import { changedOptions } from './process/changed-options.ts';
import { orConfigurationError, readConfigured, readTls } from './process/configured-file.ts';
import { createDriver, decrypts, driverView } from './process/data-plane.ts';
import { sharedInspection } from './process/shared-inspection.ts';
import { sharedListening } from './process/shared-listening.ts';
import { version } from './process/version.ts';
import { rebuildJournal } from './reconcile/rebuild-journal.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import { repairLosses } from './reconcile/repair-losses.ts';

/** A daemon that answers. */
export interface Daemon extends RunningService {
  readonly url: string;
}

export interface DaemonOptions {
  readonly configuration: IorcldConfiguration;
  /** Reads the configuration once more, for a reload. */
  readonly reread: () => IorcldConfiguration;
  readonly logger: RootLogger;
  readonly control: ServiceControl;
}

/**
 * Starts iorcld: opens the journal, listens, and adopts what the journal says is attached. Exports go on when it stops.
 *
 * @throws ConfigurationError, JournalError
 */
export async function startDaemon({ configuration, reread, logger, control }: DaemonOptions): Promise<Daemon> {
  const { api, network, service_user: user, reconcile } = configuration;
  const { host } = configuration.DEFAULT;
  const tls = readTls(api);
  const events = new EventLog();
  const eventObserver = new EventObserver(events);
  const metrics = new Metrics({
    version: version(),
    attachments: () => attachments.list(),
    queueDepth: () => attachments.queued,
    hostEnabled: () => journal.host().status === 'enabled',
    followers: () => events.followers,
    stats: (instanceId, signal) => driver.stats(instanceId, { signal }),
  });
  const connection = connectCloud(user, {
    ca: user.cafile === undefined ? undefined : readConfigured('[service_user] cafile', user.cafile),
    observe: cloudCallObserver(metrics),
  });
  const { cloud } = connection;
  const connector = machineConnector(host, configuration.connector);
  const driver = sharedInspection(
    await createDriver(configuration, connector, connection.keys).catch((cause: unknown) => {
      throw new ConfigurationError([`[iohyp] driver = ${configuration.iohyp.driver}: ${describeError(cause)}`], cause);
    }),
  );
  const { plugs, listening } = orConfigurationError('[network]', () =>
    sharedListening(
      createTenantNetworkPlugs({
        site: network.site,
        host,
        targets: network.targets,
        stateDirectory: network.state_directory,
        namespaceDirectory: network.namespace_directory,
      }),
    ),
  );
  const locks = new KeyedLocks();
  const journal = openJournal(configuration, driver.name, (code) => metrics.journalFailed(code));
  const grantKey = orConfigurationError('[DEFAULT] state_directory', () =>
    grantKeys(join(configuration.DEFAULT.state_directory, 'grant.key')),
  );
  const addressing =
    network.address_mode === 'link-local'
      ? linkLocalAddressing
      : neutronPortAddressing({ neutron: cloud, host, networkInUse: (record) => networkInUse(journal, record) });
  const steps = attachmentSteps({
    cinder: cloud,
    addressing,
    plugs,
    driver,
    connector,
    locks,
    listening,
    shared: (record) => volumeShared(journal, record),
  });
  const runner = new StepRunner({ steps, journal, logger, observer: observers([metrics, eventObserver]) });
  const recover = (): Promise<readonly string[]> =>
    rebuildJournal({ journal, driver, plugs, cinder: cloud, cloud, addressing, grantKey, host, logger });
  const attachments = new Attachments({
    journal,
    runner,
    locks,
    planning: {
      cinder: cloud,
      cloud,
      reachable: Object.keys(network.targets),
      decrypts: decrypts(driver, configuration),
      limits: driver.capabilities.interposers.includes('throttle'),
      shares: driver.capabilities.sharing === true,
    },
    logger,
    ioHost: host,
    driver: driver.name,
    capabilities: driver.capabilities,
    grantKey,
    ports: network.ports,
    parallel: configuration.DEFAULT.parallel,
  });
  const reconciler = new Reconciler({
    ...{ journal, runner, attachments, driver, plugs, cinder: cloud, cloud, locks, host, logger },
    neutron: network.address_mode === 'neutron-port' ? cloud : undefined,
    recover,
    limits: {
      graceSeconds: reconcile.grace_seconds,
      confirmSeconds: reconcile.confirm_seconds,
      guardPercent: reconcile.guard_percent,
      mostRepairs: reconcile.most_repairs,
    },
    onReport: (report) => {
      metrics.reconciled(report);
      eventObserver.findingsReported(report.findings);
    },
  });
  const {
    backup_directory: directory,
    backup_interval_hours: intervalHours,
    backups_kept: kept,
  } = configuration.DEFAULT;
  const backups =
    directory === undefined ? undefined : new JournalBackups({ journal, directory, intervalHours, kept, logger });
  const health = new Health({
    journal: () => refuseLost(journal.lost()),
    disabled: () => refuseDisabled(api.disable_by_file_path),
  });
  const authentication = new Authentication({ identity: cloud, cacheMs: api.token_cache_seconds * 1_000 });
  const limits = new TokenBuckets(requestRate(api));
  let mayReadMetrics = allowedAddresses(api.metrics_allowed_addresses);
  const server = createServer({
    ...{ attachments, reconciler, authentication, health, metrics, events, logger, limits, tls },
    version: version(),
    host: new ThisHost({ name: host, store: journal, attachments: () => attachments.list(), connector, events }),
    driver: driverView(driver),
    metricsAllowed: (request) => isLocalAdministrator(request) || mayReadMetrics(request.socket.remoteAddress),
  });
  try {
    // Adoption takes its place in every attachment's queue before the first request can: whoever asks for one waits for
    // its verification, and for no other's.
    const began = performance.now();
    // What can't be found again now, the reconciler goes on looking for.
    const adopted =
      journal.lost() === undefined ? attachments.adoptAll() : recover().then(() => attachments.adoptAll());
    backups?.start();
    const endWatch = repairLosses({ driver, journal, attachments, logger });
    await server.listen({ host: api.bind_host, port: api.bind_port });
    const local =
      api.unix_socket === undefined ? undefined : await listenLocally(server, api.unix_socket, REQUEST_LIMITS);
    const url = urlOf(server.server.address(), tls !== undefined);
    const count = attachments.list().length;
    logger.info('ready', { url, attachments: count });
    control.status(`ready, verifying ${count} attachments`);
    void adopted
      .catch((cause: unknown) => logger.error(`adoption failed: ${describeError(cause)}`))
      .finally(() => {
        logger.info('verified', { attachments: count, seconds: ((performance.now() - began) / 1_000).toFixed(1) });
        control.status(`ready, with ${attachments.list().length} attachments`);
        if (reconcile.interval_seconds > 0) reconciler.start(reconcile.interval_seconds);
      });
    let current = configuration;
    return {
      url,
      checkAlive: () => void journal.host(),
      reload: async () => {
        const next = reread();
        const certificate = readTls(next.api);
        const { reloadable, fixed } = changedOptions(current, next);
        for (const option of fixed) logger.warn(`reload: ${option} is changed, which needs a restart`);
        for (const option of reloadable) logger.info(`reload: ${option} is taken over`);
        logger.configure({ format: next.DEFAULT.log_format, level: next.DEFAULT.log_level });
        authentication.cacheMs = next.api.token_cache_seconds * 1_000;
        limits.rate = requestRate(next.api);
        mayReadMetrics = allowedAddresses(next.api.metrics_allowed_addresses);
        if (certificate !== undefined && server.server instanceof https.Server) {
          server.server.setSecureContext(certificate);
        }
        reloadInterval(reconciler, current, next, logger);
        current = next;
      },
      stop: async () => {
        health.report('service', 'stopping');
        control.status('stopping');
        endWatch();
        await backups?.stop();
        await Promise.all([attachments.stop(), reconciler.stop()]);
        await adopted;
        await Promise.all([server.close(), local?.close()]);
        connection.close();
        journal.close();
      },
    };
  } catch (cause) {
    await attachments.stop();
    await server.close();
    connection.close();
    journal.close();
    throw cause;
  }
}

function openJournal(
  { DEFAULT: { host, state_directory: directory } }: IorcldConfiguration,
  driver: string,
  onFailure: (code: string) => void,
): Journal {
  const journal = openOrReplaceJournal(join(directory, 'journal.sqlite'));
  try {
    refuseForeignJournal(journal.attachments(), host, driver);
  } catch (cause) {
    journal.close();
    throw cause;
  }
  return observedJournal<Journal>(journal, onFailure);
}

/** What another host or driver exports can't be verified here, let alone undone. */
function refuseForeignJournal(records: readonly AttachmentRecord[], host: string, driver: string): void {
  const problems = new Set(
    records.flatMap((record) => [
      ...(record.ioHost === host
        ? []
        : [`[DEFAULT] host = ${host}, but the journal holds attachments of I/O host ${record.ioHost}`]),
      ...(record.driver === driver
        ? []
        : [`[iohyp] driver = ${driver}, but the journal holds attachments of driver ${record.driver}`]),
    ]),
  );
  if (problems.size > 0) throw new ConfigurationError([...problems]);
}

function refuseLost(lost: LostJournal | undefined): void {
  if (lost !== undefined) throw new Error(`being rebuilt: it was damaged and is now ${lost.aside}`);
}

function refuseDisabled(file: string | undefined): void {
  if (file !== undefined && existsSync(file)) throw new Error(`by the file ${file}`);
}

function requestRate({ requests_per_second: perSecond }: IorcldConfiguration['api']): RequestRate {
  return { perSecond, burst: perSecond * 5 };
}

/** Off and on again takes a start: a pass that nobody wanted must not follow from a mistyped zero. */
function reloadInterval(
  reconciler: Reconciler,
  { reconcile: before }: IorcldConfiguration,
  { reconcile: after }: IorcldConfiguration,
  logger: Logger,
): void {
  if (before.interval_seconds === after.interval_seconds) return;
  if (before.interval_seconds > 0 && after.interval_seconds > 0) reconciler.start(after.interval_seconds);
  else logger.warn('reload: [reconcile] interval_seconds from or to 0 needs a restart');
}

function urlOf(address: AddressInfo | string | null, secure: boolean): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${secure ? 'https' : 'http'}://${host}:${address.port}`;
}
