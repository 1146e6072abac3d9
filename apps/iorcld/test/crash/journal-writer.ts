// Writes into a journal as fast as it can, until it is killed: node journal-writer.ts JOURNAL LAST. It says `begun` before it
// opens the journal, and each write's number, from LAST + 1 on, once the write is done.
import { writeSync } from 'node:fs';
import { SqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { journalWrite } from './journal-writes.ts';

const [, , file, last] = process.argv;
if (file !== undefined) {
  const say = (word: string): void => void writeSync(1, `${word}\n`);
  say('begun');
  const journal = new SqliteJournal(file);
  for (let number = Number(last) + 1; ; number++) {
    journalWrite(journal, number);
    say(String(number));
  }
}
