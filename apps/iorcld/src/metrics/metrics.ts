import type { Attachment, ReconcileReport } from '@iorcl/api';
import type { InstanceStats } from '@iorcl/iohyp-driver';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttachmentChange, Observer, StepReport } from '../attachment/observer.ts';
import type { CloudCall } from './cloud-calls.ts';
import { collectVolumeCounters } from './volume-counters.ts';

/** What is asked each time somebody reads the metrics. */
export interface MetricSources {
  readonly version: string;
  attachments(): readonly Attachment[];
  /** How many actions wait for another one that has the same attachment, volume, instance or network. */
  queueDepth(): number;
  hostEnabled(): boolean;
  followers(): number;
  stats(instanceId: string, signal: AbortSignal): Promise<InstanceStats | undefined>;
}

/** What there is to ask for. */
export interface DescribedMetric {
  readonly name: string;
  readonly type: 'histogram' | 'value';
  readonly labels: readonly string[];
}

const STATUSES = ['attaching', 'attached', 'detaching', 'error'] as const;

/** Steps take milliseconds, or as long as their timeouts. */
const STEP_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const CALL_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** H25: what iorcld tells Prometheus. */
export class Metrics implements Observer {
  readonly #registry = new Registry();
  readonly #steps: Histogram<'step' | 'verb' | 'outcome'>;
  readonly #changes: Counter<'change'>;
  readonly #findings: Gauge<'kind'>;
  readonly #passes: Counter<'outcome'>;
  readonly #passSeconds: Histogram;
  readonly #lastPass: Gauge;
  readonly #guarded: Gauge;
  readonly #repairs: Counter<'kind' | 'outcome'>;
  readonly #cloudCalls: Histogram<'service' | 'method' | 'outcome'>;
  readonly #cloudRetries: Counter<'service'>;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #journalErrors: Counter<'code'>;

  constructor(sources: MetricSources) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#collected(sources);
    collectVolumeCounters(this.#registry, sources);
    this.#steps = new Histogram({
      ...{ registers, name: 'iorcl_step_duration_seconds', labelNames: ['step', 'verb', 'outcome'] },
      help: 'How long the steps of attachments took.',
      buckets: STEP_BUCKETS,
    });
    this.#changes = new Counter({
      ...{ registers, name: 'iorcl_attachment_changes_total', labelNames: ['change'] },
      help: 'What happened to attachments.',
    });
    this.#findings = new Gauge({
      ...{ registers, name: 'iorcl_findings', labelNames: ['kind'] },
      help: 'Differences between what is wanted and what is, as the last pass of the reconciler found them.',
    });
    this.#passes = new Counter({
      ...{ registers, name: 'iorcl_reconcile_passes_total', labelNames: ['outcome'] },
      help: 'Passes of the reconciler: whole ones, and partial ones, which could not ask everybody.',
    });
    this.#passSeconds = new Histogram({
      ...{ registers, name: 'iorcl_reconcile_duration_seconds', buckets: CALL_BUCKETS },
      help: 'How long passes of the reconciler took.',
    });
    this.#lastPass = new Gauge({
      ...{ registers, name: 'iorcl_reconcile_last_timestamp_seconds' },
      help: 'When the last pass of the reconciler ended.',
    });
    this.#guarded = new Gauge({
      ...{ registers, name: 'iorcl_reconcile_guarded' },
      help: 'Whether the outage guard kept the last pass from taking things down.',
    });
    this.#repairs = new Counter({
      ...{ registers, name: 'iorcl_reconcile_repairs_total', labelNames: ['kind', 'outcome'] },
      help: 'What the reconciler did about differences.',
    });
    this.#cloudCalls = new Histogram({
      ...{ registers, name: 'iorcl_cloud_call_duration_seconds', labelNames: ['service', 'method', 'outcome'] },
      help: 'How long Keystone, Nova, Cinder and Neutron took to answer; the outcome is the class of the HTTP status.',
      buckets: CALL_BUCKETS,
    });
    this.#cloudRetries = new Counter({
      ...{ registers, name: 'iorcl_cloud_call_retries_total', labelNames: ['service'] },
      help: 'Calls to the cloud that were repeated.',
    });
    this.#requests = new Histogram({
      ...{ registers, name: 'iorcl_http_request_duration_seconds', labelNames: ['method', 'route', 'status'] },
      help: 'How long requests to iorcld took.',
      buckets: CALL_BUCKETS,
    });
    this.#journalErrors = new Counter({
      ...{ registers, name: 'iorcl_journal_errors_total', labelNames: ['code'] },
      help: 'Reads and writes of the journal that failed.',
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Every metric with its labels, whether or not it has a value yet. */
  described(): readonly DescribedMetric[] {
    return this.#registry.getMetricsAsArray().map((metric) => {
      const names: unknown = Reflect.get(metric, 'labelNames');
      const labels = Array.isArray(names) ? names.map(String) : [];
      return { name: metric.name, type: metric instanceof Histogram ? 'histogram' : 'value', labels };
    });
  }

  stepReported({ step, verb, outcome, seconds }: StepReport): void {
    this.#steps.observe({ step, verb, outcome }, seconds);
  }

  attachmentChanged(change: AttachmentChange): void {
    this.#changes.inc({ change });
  }

  reconciled(report: ReconcileReport): void {
    this.#findings.reset();
    for (const { kind } of report.findings) this.#findings.inc({ kind });
    this.#passes.inc({ outcome: report.unanswered.length === 0 ? 'whole' : 'partial' });
    this.#passSeconds.observe(report.seconds);
    this.#lastPass.setToCurrentTime();
    this.#guarded.set(report.guarded === null ? 0 : 1);
    for (const { kind, outcome } of report.repairs) this.#repairs.inc({ kind, outcome });
  }

  cloudCalled({ service, method, outcome, seconds }: CloudCall): void {
    this.#cloudCalls.observe({ service, method, outcome }, seconds);
  }

  cloudCallRepeated(service: string): void {
    this.#cloudRetries.inc({ service });
  }

  /** @param route as it is registered, so that ids don't make metrics of their own */
  requestAnswered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  journalFailed(code: string): void {
    this.#journalErrors.inc({ code });
  }

  /** Gauges that are read when somebody asks. */
  #collected(sources: MetricSources): void {
    const registers = [this.#registry];
    new Gauge({
      ...{ registers, name: 'iorcl_info', labelNames: ['version'], help: 'Always 1.' },
      collect() {
        this.set({ version: sources.version }, 1);
      },
    });
    new Gauge({
      ...{ registers, name: 'iorcl_attachments', labelNames: ['status'], help: 'Attachments by their status.' },
      collect() {
        const byStatus = Map.groupBy(sources.attachments(), ({ status }) => status);
        for (const status of STATUSES) this.set({ status }, byStatus.get(status)?.length ?? 0);
      },
    });
    const plain: readonly [name: string, help: string, read: () => number][] = [
      ['iorcl_host_enabled', 'Whether this host takes new attachments.', () => (sources.hostEnabled() ? 1 : 0)],
      ['iorcl_queue_depth', 'Actions that wait for another one with the same object.', () => sources.queueDepth()],
      ['iorcl_event_followers', 'Clients that follow the events.', () => sources.followers()],
    ];
    for (const [name, help, read] of plain) {
      new Gauge({
        ...{ registers, name, help },
        collect() {
          this.set(read());
        },
      });
    }
  }
}
