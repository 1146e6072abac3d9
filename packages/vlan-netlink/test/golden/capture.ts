/**
 * Records what iproute2 and the kernel say to each other, as fixtures/*.json. Run by hand, as root, on a kernel with every
 * link kind (the kernel lab), when a command is added:
 *
 *     unshare --net node --conditions=@iorcl/source test/golden/capture.ts [name…]
 *
 * Needs iproute2 and strace. The tests need neither.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Conversation, commands, type Fixture } from './commands.ts';

/** Bytes that `strace -e read=… -e write=…` shows below each call. */
function conversations(log: string): Conversation[] {
  const found: Conversation[] = [];
  let direction: Conversation['direction'] | undefined;
  for (const line of log.split('\n')) {
    const call = /^(sendmsg|sendto|recvmsg)\(.*= (-?\d+)/.exec(line);
    if (call !== null) {
      direction = /MSG_PEEK/.test(line) || Number(call[2]) <= 0 ? undefined : call[1] === 'recvmsg' ? 'from' : 'to';
      if (direction !== undefined) found.push({ direction, hex: '' });
    }
    const bytes = /^ \| [0-9a-f]{5,} {2}((?:[0-9a-f]{2} {1,2}){1,16})/.exec(line);
    const last = found.at(-1);
    if (direction !== undefined && bytes !== null && last !== undefined) {
      found[found.length - 1] = { direction: last.direction, hex: last.hex + (bytes[1] ?? '').replaceAll(' ', '') };
    }
  }
  return found.filter(({ hex }) => hex !== '');
}

function capture(command: string): Conversation[] {
  const directory = mkdtempSync(join(tmpdir(), 'golden-'));
  const log = join(directory, 'log');
  const descriptors = '3,4,5';
  const strace = [
    '-o',
    log,
    '-e',
    'trace=sendmsg,sendto,recvmsg',
    '-e',
    `read=${descriptors}`,
    '-e',
    `write=${descriptors}`,
  ];
  const { status, stderr } = spawnSync('strace', [...strace, ...command.split(' ')], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return conversations(readFileSync(log, 'utf8'));
}

const json = (...given: string[]): unknown =>
  JSON.parse(execFileSync('ip', ['-json', '-details', ...given], { encoding: 'utf8' }));

const wanted = process.argv.slice(2);
for (const { name, before = [], command, show } of commands) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const line of before) execFileSync('sh', ['-c', line]);
  const fixture: Fixture = {
    command,
    kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
    conversation: capture(command),
    ...(show !== undefined && { told: json(...show.split(' ')), toldConversation: capture(`ip -details ${show}`) }),
  };
  writeFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), `${JSON.stringify(fixture, null, 1)}\n`);
  for (const { ifname } of JSON.parse(execFileSync('ip', ['-json', 'link'], { encoding: 'utf8' }))) {
    if (ifname !== 'lo') spawnSync('ip', ['link', 'delete', ifname]);
  }
}
