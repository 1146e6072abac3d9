// Makes a listening TCP socket inside a namespace, and hands it to a child that stays outside.
import { spawn } from 'node:child_process';
import {
  boundAddress,
  changeLink,
  closeDescriptor,
  listenTcp,
  NetlinkSocket,
  NetworkNamespace,
} from '@iorcl/vlan-netlink';

using blue = NetworkNamespace.createAnonymous();
using socket = NetlinkSocket.open({ namespace: blue });
await changeLink(socket, 1, { up: true }); // lo

const fd = blue.runInside(() => listenTcp({ address: '127.0.0.1', port: 0 }));
console.log(boundAddress(fd).address, boundAddress(fd).port > 0);
const server = `require('node:net').createServer((client) => client.end('hello')).listen({ fd: 3 })`;
const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'inherit', 'inherit', fd] });
const client = `require('node:net').connect(${boundAddress(fd).port}, '127.0.0.1').pipe(process.stdout)`;
closeDescriptor(fd); // the child has it now
const visitor = blue.runInside(() => spawn(process.execPath, ['-e', client], { stdio: 'inherit' }));
await new Promise((resolve) => visitor.once('close', resolve));
child.kill();
