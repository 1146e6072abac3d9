import type { Attachment } from '@iorcl/api';
import { DriverError, type InstanceStats } from '@iorcl/iohyp-driver';
import { ConnectionError } from '@iorcl/openstack-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../test/api-server.ts';
import { Harness } from '../../test/harness.ts';
import { JournalError } from '../journal/journal.ts';
import { cloudCallObserver } from './cloud-calls.ts';
import { type MetricSources, Metrics } from './metrics.ts';
import { observedJournal } from './observed-journal.ts';

let attachments: Attachment[];
let stats: Record<string, InstanceStats | Error | 'never'>;
let metrics: Metrics;

const sources: MetricSources = {
  version: '1.2.3',
  attachments: () => attachments,
  queueDepth: () => 7,
  hostEnabled: () => false,
  followers: () => 2,
  stats: async (instanceId, signal) => {
    const answer = stats[instanceId];
    if (answer instanceof Error) throw answer;
    if (answer === 'never')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return answer;
  },
};

const attachment = (id: string, instanceId: string, status: Attachment['status'] = 'attached'): Attachment => ({
  ...{ id, instanceId, volumeId: `volume-of-${id}`, sizeBytes: 1, readOnly: false, mode: 'host', driver: 'fake' },
  ...{ ioHost: 'io-1', computeHost: 'c', status, address: null, port: null, fault: null, createdAt: '', updatedAt: '' },
  network: { networkId: 'n', type: 'vlan', physicalNetwork: 'p', segmentationId: 1 },
});

beforeEach(() => {
  attachments = [];
  stats = {};
  metrics = new Metrics(sources);
});

const lines = async (name: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

describe('H25: metrics', () => {
  it('attachments by status, also those that there are none of; queue, host, followers, version', async () => {
    attachments = [attachment('a', 'i'), attachment('b', 'i', 'error')];
    expect(await lines('iorcl_attachments')).toEqual([
      'iorcl_attachments{status="attaching"} 0',
      'iorcl_attachments{status="attached"} 1',
      'iorcl_attachments{status="detaching"} 0',
      'iorcl_attachments{status="error"} 1',
    ]);
    expect(await lines('iorcl_queue_depth')).toEqual(['iorcl_queue_depth 7']);
    expect(await lines('iorcl_host_enabled')).toEqual(['iorcl_host_enabled 0']);
    expect(await lines('iorcl_event_followers')).toEqual(['iorcl_event_followers 2']);
    expect(await lines('iorcl_info')).toEqual(['iorcl_info{version="1.2.3"} 1']);
  });

  it('memory of the process and lag of its event loop', async () => {
    expect(await lines('process_resident_memory_bytes')).toHaveLength(1);
    expect(await lines('nodejs_eventloop_lag_p99_seconds')).toHaveLength(1);
  });

  it('steps by what they did, how it ended and how long it took', async () => {
    const harness = new Harness();
    const life = harness.start();
    const reservation = harness.reserveOne();
    await life.attachments.create({ attachmentId: reservation.attachmentId, computeHost: 'c' });
    const record = life.journal.attachment(reservation.attachmentId);
    if (record === undefined) throw new Error('not attached');
    metrics.stepReported({ record, step: 'open', verb: 'do', outcome: 'ended', seconds: 0.03 });
    metrics.stepReported({ record, step: 'open', verb: 'do', outcome: 'failed', seconds: 70 });
    metrics.attachmentChanged('attached');
    harness.end();
    const [label] = ['step="open",verb="do"'];
    expect(await lines('iorcl_step_duration_seconds_count')).toEqual([
      `iorcl_step_duration_seconds_count{${label},outcome="ended"} 1`,
      `iorcl_step_duration_seconds_count{${label},outcome="failed"} 1`,
    ]);
    expect(await metrics.text()).toContain(`iorcl_step_duration_seconds_bucket{le="0.05",${label},outcome="ended"} 1`);
    expect(await lines('iorcl_attachment_changes_total')).toEqual([
      'iorcl_attachment_changes_total{change="attached"} 1',
    ]);
  });

  it('drift, as the last pass found it, and what was done about it', async () => {
    const finding = (kind: string, id: string) => ({
      ...{ kind, id, message: '', since: '' },
      repair: { automatic: true, description: '', command: '' },
    });
    metrics.reconciled({ ...emptyReport, findings: [finding('old', '1')], unanswered: ['Nova'], guarded: 'too much' });
    metrics.reconciled({
      ...emptyReport,
      findings: [finding('instance_gone', '1'), finding('instance_gone', '2')],
      repairs: [{ id: '1', kind: 'instance_gone', outcome: 'repaired', message: '' }],
    });
    expect(await lines('iorcl_findings')).toEqual(['iorcl_findings{kind="instance_gone"} 2']);
    expect(await lines('iorcl_reconcile_repairs_total')).toEqual([
      'iorcl_reconcile_repairs_total{kind="instance_gone",outcome="repaired"} 1',
    ]);
    expect(await lines('iorcl_reconcile_passes_total')).toEqual([
      'iorcl_reconcile_passes_total{outcome="partial"} 1',
      'iorcl_reconcile_passes_total{outcome="whole"} 1',
    ]);
    expect(await lines('iorcl_reconcile_guarded')).toEqual(['iorcl_reconcile_guarded 0']);
  });

  it('what each volume read and wrote, and what each data plane costs, where the driver knows it', async () => {
    attachments = [attachment('a', 'i1'), attachment('b', 'i1'), attachment('c', 'i2')];
    stats = {
      i1: {
        ...{ instanceId: 'i1', cpuSeconds: 1.5, residentBytes: 4096, diskReadBytes: 7, diskWrittenBytes: 0 },
        volumes: [
          {
            attachmentId: 'a',
            io: {
              ...{ readBytes: 10, readOperations: 1, readSeconds: 0.25 },
              ...{ writtenBytes: 20, writeOperations: 2, writeSeconds: 0.5 },
              ...{ flushOperations: 3, flushSeconds: 0, discardOperations: 4, discardedBytes: 30, discardSeconds: 1 },
            },
          },
          { attachmentId: 'b', io: undefined },
        ],
      },
      i2: new DriverError('timeout', 'no answer'),
    };
    const of = 'attachment_id="a",volume_id="volume-of-a",instance_id="i1"';
    expect(await lines('iorcl_volume_read_bytes_total')).toEqual([`iorcl_volume_read_bytes_total{${of}} 10`]);
    expect(await lines('iorcl_volume_write_operations_total')).toEqual([
      `iorcl_volume_write_operations_total{${of}} 2`,
    ]);
    expect(await lines('iorcl_volume_read_seconds_total')).toEqual([`iorcl_volume_read_seconds_total{${of}} 0.25`]);
    expect(await lines('iorcl_volume_write_seconds_total')).toEqual([`iorcl_volume_write_seconds_total{${of}} 0.5`]);
    expect(await lines('iorcl_volume_flush_operations_total')).toEqual([
      `iorcl_volume_flush_operations_total{${of}} 3`,
    ]);
    expect(await lines('iorcl_volume_flush_seconds_total')).toEqual([`iorcl_volume_flush_seconds_total{${of}} 0`]);
    expect(await lines('iorcl_volume_discarded_bytes_total')).toEqual([`iorcl_volume_discarded_bytes_total{${of}} 30`]);
    expect(await lines('iorcl_volume_operations_total'), 'a driver that tells reads and writes apart').toEqual([]);
    expect(await lines('iorcl_instance_cpu_seconds_total')).toEqual([
      'iorcl_instance_cpu_seconds_total{instance_id="i1"} 1.5',
    ]);
    expect(await lines('iorcl_instance_disk_read_bytes_total')).toEqual([
      'iorcl_instance_disk_read_bytes_total{instance_id="i1"} 7',
    ]);
    expect(await lines('iorcl_volume_read_bytes_total'), 'the same at each reading').toHaveLength(1);
    attachments = [];
    expect(await lines('iorcl_volume_read_bytes_total')).toEqual([]);
  });

  it('what only grows is of type counter, which is what Prometheus takes rates of', async () => {
    const types = [...(await metrics.text()).matchAll(/^# TYPE (iorcl_\w+) (\w+)$/gm)];
    const totals = types.filter(([, name = '']) => name.endsWith('_total'));
    expect(totals.length).toBeGreaterThan(15);
    expect(totals.filter(([, , type]) => type !== 'counter')).toEqual([]);
    expect(types.filter(([, name = '', type]) => type === 'counter' && !name.endsWith('_total'))).toEqual([]);
  });

  it('a number that no counter can have is left out, and nothing else with it', async () => {
    attachments = [attachment('a', 'i1')];
    const io = { readBytes: -1, writtenBytes: Number.NaN, readOperations: Number.POSITIVE_INFINITY, writeSeconds: 2 };
    const volumes = [{ attachmentId: 'a', io }];
    stats = { i1: { instanceId: 'i1', cpuSeconds: 1, residentBytes: 1, volumes } };
    expect(await lines('iorcl_volume_read_bytes_total')).toEqual([]);
    expect(await lines('iorcl_volume_written_bytes_total')).toEqual([]);
    expect(await lines('iorcl_volume_read_operations_total')).toEqual([]);
    expect(await lines('iorcl_volume_write_seconds_total')).toHaveLength(1);
  });

  it('a data plane that hangs does not hold up the reading of the others', async () => {
    attachments = [attachment('a', 'i1'), attachment('b', 'i2')];
    stats = { i1: 'never', i2: { instanceId: 'i2', cpuSeconds: 3, residentBytes: 1, volumes: [] } };
    expect(await lines('iorcl_instance_cpu_seconds_total')).toEqual([
      'iorcl_instance_cpu_seconds_total{instance_id="i2"} 3',
    ]);
  });

  it('calls to the cloud, by service and outcome', async () => {
    const observe = cloudCallObserver(metrics);
    const call = { service: 'compute', method: 'GET', url: 'http://nova/', globalRequestId: undefined, attempt: 1 };
    observe({ ...call, kind: 'request' });
    observe({ ...call, kind: 'answer', status: 204, durationMs: 20, requestId: undefined });
    observe({ ...call, kind: 'answer', status: 503, durationMs: 20, requestId: undefined });
    observe({ ...call, kind: 'retry', pauseMs: 1 });
    observe({
      ...call,
      service: undefined,
      kind: 'failure',
      error: new ConnectionError('connection refused', {}),
      durationMs: 5,
    });
    expect((await lines('iorcl_cloud_call_duration_seconds_count')).map((line) => line.slice(39))).toEqual([
      '{service="compute",method="GET",outcome="2xx"} 1',
      '{service="compute",method="GET",outcome="5xx"} 1',
      '{service="identity",method="GET",outcome="unreachable"} 1',
    ]);
    expect(await lines('iorcl_cloud_call_retries_total')).toEqual([
      'iorcl_cloud_call_retries_total{service="compute"} 1',
    ]);
  });

  it('failures of the journal, which are thrown all the same', async () => {
    const harness = new Harness();
    const { journal } = harness.start();
    const codes: string[] = [];
    const observed = observedJournal(journal, (code) => {
      codes.push(code);
      metrics.journalFailed(code);
    });
    expect(observed.host()).toEqual(journal.host());
    expect(() => observed.setStatus('unknown', { intent: 'attach', status: 'error', fault: null })).toThrow(
      JournalError,
    );
    harness.end();
    expect(codes).toEqual(['failed']);
    expect(await lines('iorcl_journal_errors_total')).toEqual(['iorcl_journal_errors_total{code="failed"} 1']);
  });
});
