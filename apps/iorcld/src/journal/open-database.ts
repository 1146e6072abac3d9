import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalError } from './journal.ts';
import { migrations } from './migrations.ts';

/**
 * Opens the journal's database for this process alone, checks that it is intact, and brings it to the current schema.
 * The file holds keys and storage credentials: only its owner may read it.
 *
 * @throws JournalError
 */
export function openDatabase(file: string, steps: readonly string[] = migrations): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
    database = new DatabaseSync(file);
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;',
    );
    // Takes the exclusive lock now, not at the first write.
    database.exec('BEGIN IMMEDIATE; COMMIT;');
    checkIntegrity(database, file);
    migrate(database, file, steps);
    return database;
  } catch (cause) {
    database?.close();
    throw asJournalError(cause, file);
  }
}

function checkIntegrity(database: DatabaseSync, file: string): void {
  const problems = database
    .prepare('PRAGMA integrity_check(5)')
    .all()
    .map((row) => String(row['integrity_check']))
    .filter((line) => line !== 'ok');
  if (problems.length > 0) throw damaged(file, problems.join('; '));
}

function migrate(database: DatabaseSync, file: string, steps: readonly string[]): void {
  database.exec('CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT');
  const row = database.prepare('SELECT coalesce(max(version), 0) AS version FROM migrations').get();
  const version = Number(row?.['version'] ?? 0);
  if (version > steps.length) {
    throw new JournalError(
      'too_new',
      `The journal ${file} has schema version ${version}, this iorcld knows up to ${steps.length}. Start the version that wrote it, or a later one.`,
    );
  }
  for (const [index, statements] of steps.entries()) {
    if (index < version) continue;
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(statements);
      database.prepare('INSERT INTO migrations VALUES (?, ?)').run(index + 1, new Date().toISOString());
      database.exec('COMMIT');
    } catch (cause) {
      database.exec('ROLLBACK');
      throw cause;
    }
  }
}

function damaged(file: string, why: string, cause?: unknown): JournalError {
  return new JournalError(
    'damaged',
    `The journal ${file} is damaged: ${why}. Exports that run go on. It can be restored from a backup, or rebuilt from what runs.`,
    cause,
  );
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN. */
const DISK_AT_FAULT = [8, 10, 13, 14];

/** Turns what SQLite threw into what iorcld can explain. See https://www.sqlite.org/rescode.html */
export function asJournalError(cause: unknown, file: string): JournalError {
  if (cause instanceof JournalError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined;
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return damaged(file, why, cause);
  if (code === SQLITE_BUSY) {
    return new JournalError('in_use', `The journal ${file} is in use: is another iorcld running? (${why})`, cause);
  }
  const advice = DISK_AT_FAULT.some((one) => one === code)
    ? '. What is attached goes on; make room on its disk, or mend that, and try again'
    : '';
  return new JournalError('failed', `The journal ${file} can't be used: ${why}${advice}`, cause);
}
