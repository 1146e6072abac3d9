import { existsSync, renameSync } from 'node:fs';
import { describeError } from '@iorcl/service';
import { JournalError } from './journal.ts';
import { SqliteJournal } from './sqlite-journal.ts';

/**
 * Opens the journal. One that is damaged is moved aside, with its write-ahead log, and an empty one takes its place, which
 * knows that it has to be rebuilt.
 *
 * @throws JournalError for every other reason
 */
export function openJournal(file: string): SqliteJournal {
  try {
    return new SqliteJournal(file);
  } catch (cause) {
    if (!(cause instanceof JournalError) || cause.code !== 'damaged') throw cause;
    const aside = `${file}.damaged-${new Date().toISOString().replaceAll(':', '')}`;
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
    }
    const journal = new SqliteJournal(file);
    journal.setLost({ aside, why: describeError(cause) });
    return journal;
  }
}
