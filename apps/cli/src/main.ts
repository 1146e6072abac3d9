#!/usr/bin/env node
import { run } from './run.ts';

const interrupted = new AbortController();
// A second one ends the program at once.
process.once('SIGINT', () => interrupted.abort());
// Whoever reads our output may have enough of it, as `head` does.
process.stdout.on('error', () => process.exit(0));

process.exitCode = await run(process.argv.slice(2), process.env, {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`iorcl: ${line}\n`),
  signal: interrupted.signal,
});
