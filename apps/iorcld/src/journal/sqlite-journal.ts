import { chmodSync, closeSync, openSync } from 'node:fs';
import { backup, type DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { QosLimits } from '@iorcl/iohyp-driver';
import * as z from 'zod';
import {
  type AttachmentRecord,
  type Facts,
  factsSchema,
  networkKey,
  networkSchema,
  planSchema,
  qosSchema,
  type StepName,
  type StepState,
  stepNames,
} from '../attachment/record.ts';
import { allocatePort } from './allocate-port.ts';
import {
  type AttachmentSelection,
  type HostRecord,
  type Journal,
  JournalError,
  type ListenerRecord,
  type LostJournal,
  type NewAttachment,
  type StatusChange,
} from './journal.ts';
import { asJournalError, openDatabase } from './open-database.ts';

type Row = Record<string, SQLOutputValue>;

const attachmentRow = z.object({
  plan: z.string(),
  io_host: z.string(),
  driver: z.string(),
  intent: z.enum(['attach', 'detach']),
  status: z.enum(['attaching', 'attached', 'detaching', 'error']),
  fault_code: z.string().nullable(),
  fault_message: z.string().nullable(),
  qos: z.string().nullable(),
  orphaned: z.union([z.literal(0), z.literal(1)]),
  created_at: z.string(),
  updated_at: z.string(),
  port: z.int(),
});
const stepRow = z.object({
  name: z.enum(stepNames),
  state: z.enum(['doing', 'done', 'undoing', 'undone']),
  facts: z.string(),
});
const grantRow = z.object({ client: z.string(), identity: z.string(), secret_hex: z.string() });
const hostRow = z.object({
  status: z.enum(['enabled', 'disabled']),
  reason: z.string().nullable(),
  updated_at: z.string(),
});
const lostRow = z.object({ aside: z.string(), why: z.string() });
const listenerRow = z.object({ network: z.string(), port: z.int() });

const SELECT = 'SELECT a.*, l.port FROM attachments a JOIN listeners l USING (instance_id)';

/** Attachments whose opened volume is that of attachment ?1, itself among them. */
const CARRIER = `coalesce(json_extract(plan, '$.carrier'), id)`;
const SHARING = `instance_id = (SELECT instance_id FROM attachments WHERE id = ?1)
  AND ${CARRIER} = (SELECT ${CARRIER} FROM attachments WHERE id = ?1)`;

/** The journal of one I/O host in an SQLite file. */
export class SqliteJournal implements Journal {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @throws JournalError */
  constructor(file: string) {
    this.#file = file;
    this.#database = openDatabase(file);
  }

  attachment(id: string): AttachmentRecord | undefined {
    return this.#guard(() => {
      const row = this.#row(`${SELECT} WHERE a.id = ?`, id);
      return row === undefined ? undefined : this.#record(id, row);
    });
  }

  attachments(): readonly AttachmentRecord[] {
    return this.#guard(() =>
      this.#rows(`${SELECT} ORDER BY a.created_at, a.id`).map((row) => this.#record(String(row['id']), row)),
    );
  }

  select(selection: AttachmentSelection): readonly AttachmentRecord[] {
    const [column, value] =
      'instanceId' in selection
        ? ['a.instance_id', selection.instanceId]
        : 'volumeId' in selection
          ? ['a.volume_id', selection.volumeId]
          : ['l.network_key', selection.networkKey];
    return this.#guard(() =>
      this.#rows(`${SELECT} WHERE ${column} = ? ORDER BY a.created_at, a.id`, value).map((row) =>
        this.#record(String(row['id']), row),
      ),
    );
  }

  listener(instanceId: string): ListenerRecord | undefined {
    return this.#guard(() => {
      const row = this.#row('SELECT network, port FROM listeners WHERE instance_id = ?', instanceId);
      if (row === undefined) return undefined;
      const { network, port } = listenerRow.parse(row);
      return { instanceId, network: networkSchema.parse(JSON.parse(network)), port };
    });
  }

  begin({ plan, ioHost, driver, grant, qos, ports }: NewAttachment): AttachmentRecord {
    const { attachmentId: id, instanceId, volumeId, network } = plan;
    const now = new Date().toISOString();
    return this.#write(id, () => {
      if (this.listener(instanceId) === undefined) {
        const used = this.#rows('SELECT port FROM listeners WHERE network_key = ?', networkKey(network));
        const port = allocatePort(ports, new Set(used.map((row) => Number(row['port']))), network.networkId);
        this.#run(
          'INSERT INTO listeners VALUES (?, ?, ?, ?)',
          instanceId,
          networkKey(network),
          JSON.stringify(network),
          port,
        );
      }
      this.#run(
        `INSERT INTO attachments (id, instance_id, volume_id, io_host, driver, plan, intent, status, qos, created_at, updated_at)
         VALUES (?, ?, ?, ?, ?, ?, 'attach', 'attaching', ?, ?, ?)`,
        ...[
          id,
          instanceId,
          volumeId,
          ioHost,
          driver,
          JSON.stringify(plan),
          qos === undefined ? null : JSON.stringify(qos),
        ],
        ...[now, now],
      );
      this.#run('INSERT INTO grants VALUES (?, ?, ?, ?)', id, grant.client, grant.identity, grant.secretHex);
    });
  }

  setStep(id: string, step: StepName, state: StepState, facts?: Facts): AttachmentRecord {
    const now = new Date().toISOString();
    return this.#write(id, () => {
      this.#run(
        `INSERT INTO steps VALUES (?1, ?2, ?3, coalesce(?4, '{}'), ?5) ON CONFLICT DO UPDATE
         SET state = excluded.state, facts = coalesce(?4, facts), updated_at = excluded.updated_at`,
        ...[id, step, state, facts === undefined ? null : JSON.stringify(facts), now],
      );
      this.#run('UPDATE attachments SET updated_at = ? WHERE id = ?', now, id);
    });
  }

  setStatus(id: string, { intent, status, fault }: StatusChange): AttachmentRecord {
    return this.#write(id, () => {
      this.#run(
        'UPDATE attachments SET intent = ?, status = ?, fault_code = ?, fault_message = ?, updated_at = ? WHERE id = ?',
        ...[intent, status, fault?.code ?? null, fault?.message ?? null, new Date().toISOString(), id],
      );
    });
  }

  setSize(id: string, sizeBytes: number): AttachmentRecord {
    return this.#write(id, () => {
      this.#run(
        `UPDATE attachments SET plan = json_set(plan, '$.sizeBytes', ?2), updated_at = ?3 WHERE ${SHARING}`,
        ...[id, sizeBytes, new Date().toISOString()],
      );
    });
  }

  setQos(id: string, limits: QosLimits | undefined): AttachmentRecord {
    return this.#write(id, () => {
      const text = limits === undefined ? null : JSON.stringify(limits);
      this.#run(
        `UPDATE attachments SET qos = ?2, updated_at = ?3 WHERE ${SHARING}`,
        id,
        text,
        new Date().toISOString(),
      );
    });
  }

  lost(): LostJournal | undefined {
    return this.#guard(() => {
      const row = this.#row('SELECT aside, why FROM lost');
      return row === undefined ? undefined : lostRow.parse(row);
    });
  }

  setLost(lost: LostJournal | undefined): void {
    this.#transaction(() => {
      this.#run('DELETE FROM lost');
      if (lost !== undefined) this.#run('INSERT INTO lost VALUES (1, ?, ?)', lost.aside, lost.why);
    });
  }

  setOrphaned(id: string): AttachmentRecord {
    return this.#write(id, () => {
      this.#run('UPDATE attachments SET orphaned = 1, updated_at = ? WHERE id = ?', new Date().toISOString(), id);
    });
  }

  host(): HostRecord {
    return this.#guard(() => {
      const row = this.#row('SELECT status, reason, updated_at FROM host');
      if (row === undefined) return { status: 'enabled', reason: null, updatedAt: new Date(0).toISOString() };
      const { status, reason, updated_at: updatedAt } = hostRow.parse(row);
      return { status, reason, updatedAt };
    });
  }

  setHost({ status, reason }: Omit<HostRecord, 'updatedAt'>): HostRecord {
    this.#transaction(() => {
      this.#run('INSERT OR REPLACE INTO host VALUES (1, ?, ?, ?)', ...[status, reason, new Date().toISOString()]);
    });
    return this.host();
  }

  async backup(file: string): Promise<void> {
    try {
      // Made here, so that nobody else can read it at any moment; it holds keys.
      closeSync(openSync(file, 'wx', 0o600));
      await backup(this.#database, file);
      chmodSync(file, 0o600);
    } catch (cause) {
      throw asJournalError(cause, file);
    }
  }

  forget(id: string): void {
    this.#transaction(() => {
      this.#run('DELETE FROM attachments WHERE id = ?', id);
      this.#run('DELETE FROM listeners WHERE instance_id NOT IN (SELECT instance_id FROM attachments)');
    });
  }

  close(): void {
    this.#database.close();
  }

  #write(id: string, change: () => void): AttachmentRecord {
    this.#transaction(change);
    const record = this.attachment(id);
    if (record === undefined) throw new JournalError('failed', `The journal holds no attachment ${id}.`);
    return record;
  }

  #transaction(change: () => void): void {
    this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        change();
        this.#database.exec('COMMIT');
      } catch (cause) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw cause;
      }
    });
  }

  #record(id: string, raw: Row): AttachmentRecord {
    const row = attachmentRow.parse(raw);
    const steps = this.#rows('SELECT name, state, facts FROM steps WHERE attachment_id = ?', id).map((step) =>
      stepRow.parse(step),
    );
    const grant = grantRow.parse(this.#row('SELECT * FROM grants WHERE attachment_id = ?', id));
    return {
      plan: planSchema.parse(JSON.parse(row.plan)),
      ioHost: row.io_host,
      driver: row.driver,
      intent: row.intent,
      status: row.status,
      fault:
        row.fault_code === null || row.fault_message === null
          ? null
          : { code: row.fault_code, message: row.fault_message },
      steps: new Map(steps.map(({ name, state }) => [name, state])),
      facts: Object.assign({}, ...steps.map(({ facts }) => factsSchema.parse(JSON.parse(facts)))),
      port: row.port,
      orphaned: row.orphaned === 1,
      qos: row.qos === null ? undefined : qosSchema.parse(JSON.parse(row.qos)),
      grant: { client: grant.client, identity: grant.identity, secretHex: grant.secret_hex },
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    };
  }

  /** Each statement is compiled once: the journal has a handful, and runs them all day. */
  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #rows(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  #row(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepared(sql).run(...values);
  }

  #guard<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw asJournalError(cause, this.#file);
    }
  }
}
