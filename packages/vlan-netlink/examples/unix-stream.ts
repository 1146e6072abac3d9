// Talks over a unix socket first, and hands the connection to a child then.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnixStream } from '@iorcl/vlan-netlink';

const directory = mkdtempSync(join(tmpdir(), 'example-'));
const path = join(directory, 'socket');
const server = createServer((client) => client.on('data', (heard) => client.end(`heard ${heard}`))).listen(path);
await once(server, 'listening');

using stream = UnixStream.connect(path);
stream.write(Buffer.from('us'));
console.log(Buffer.from(await stream.read(6)).toString());

// What was not read is the child's.
const source = 'process.stdin.pipe(process.stdout)';
const child = spawn(process.execPath, ['-e', source], { stdio: [stream.fd, 'inherit', 'inherit'] });
stream.close(); // the child has it now
await once(child, 'exit');
server.close();
rmSync(directory, { recursive: true });
