import { findGenericFamily, GENERIC_NETLINK, NetlinkSocket } from '@iorcl/vlan-netlink';
import {
  type Attribute,
  decodeGenericMessage,
  encodeGenericMessage,
  findU32,
  nestedAttribute,
  text,
  u32,
  u64,
} from '@iorcl/vlan-netlink/codec';

/** The kernel's generic netlink family for network block devices; numbers of `<linux/nbd-netlink.h>`. */
const FAMILY = 'nbd';
const VERSION = 1;
const Command = { connect: 1, disconnect: 2, reconfigure: 3 } as const;
const Attr = {
  index: 1,
  sizeBytes: 2,
  blockSizeBytes: 3,
  serverFlags: 5,
  sockets: 7,
  deadConnectionTimeout: 8,
  backendIdentifier: 10,
} as const;
const SOCK_ITEM = 1;
const SOCK_FD = 1;

/** A device that is to be. */
export interface NewDevice {
  readonly sizeBytes: number;
  /** Logical and physical block size: a power of two from 512 to a page. */
  readonly blockBytes: number;
  /** NBD_FLAG_*, as the server told them. */
  readonly transmissionFlags: number;
  /** How long requests wait for a new socket after the last one has died, in seconds. */
  readonly deadConnectionTimeoutSeconds: number;
  /** Marks the device; whoever reconfigures it must know it. Read in `/sys/block/nbdN/backend`. */
  readonly backend: string;
  /** Connected, with the handshake done. The kernel takes a hold of its own on it. */
  readonly fd: number;
}

/** What is new about a device. */
export interface DeviceChange {
  readonly backend: string;
  readonly sizeBytes?: number;
  /** Takes the place of a socket that has died; the kernel does not take it when none has. */
  readonly fd?: number;
}

/**
 * Talks to the kernel about network block devices. Needs CAP_SYS_ADMIN, and is only in the initial network namespace. The
 * kernel does what it is asked before the request returns, and waits for senders meanwhile: never ask it to disconnect a
 * device whose server is there and does not read.
 */
export class NbdFamily implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #type: number;

  private constructor(socket: NetlinkSocket, type: number) {
    this.#socket = socket;
    this.#type = type;
  }

  /** Undefined where this kernel, or this network namespace, has no such family. @throws KernelError, NetlinkSocketError */
  static async open(): Promise<NbdFamily | undefined> {
    const socket = NetlinkSocket.open({ protocol: GENERIC_NETLINK });
    try {
      const type = await findGenericFamily(socket, FAMILY);
      if (type !== undefined) return new NbdFamily(socket, type);
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.close();
    return undefined;
  }

  /** NBD_CMD_CONNECT: makes a device of one that nobody uses, or a new one, and answers its index. @throws KernelError */
  async connect(device: NewDevice): Promise<number> {
    const attributes = [
      u64(Attr.sizeBytes, BigInt(device.sizeBytes)),
      u64(Attr.blockSizeBytes, BigInt(device.blockBytes)),
      u64(Attr.serverFlags, BigInt(device.transmissionFlags)),
      u64(Attr.deadConnectionTimeout, BigInt(device.deadConnectionTimeoutSeconds)),
      text(Attr.backendIdentifier, device.backend),
      sockets(device.fd),
    ];
    const answers = await this.#request(Command.connect, attributes, 'connect a network block device');
    const index = answers.map(({ payload }) => findU32(decodeGenericMessage(payload).attributes, Attr.index));
    const [first] = index.filter((each) => each !== undefined);
    if (first === undefined) throw new Error('the kernel connected a network block device and did not say which');
    return first;
  }

  /** NBD_CMD_RECONFIGURE. @throws KernelError, `EINVAL` when the device has another mark */
  async reconfigure(index: number, { backend, sizeBytes, fd }: DeviceChange): Promise<void> {
    const attributes = [
      u32(Attr.index, index),
      text(Attr.backendIdentifier, backend),
      ...(sizeBytes === undefined ? [] : [u64(Attr.sizeBytes, BigInt(sizeBytes))]),
      ...(fd === undefined ? [] : [sockets(fd)]),
    ];
    await this.#request(Command.reconfigure, attributes, `reconfigure nbd${index}`);
  }

  /** NBD_CMD_DISCONNECT: what waits fails. The device is free when nobody has it open any more. @throws KernelError */
  async disconnect(index: number): Promise<void> {
    await this.#request(Command.disconnect, [u32(Attr.index, index)], `disconnect nbd${index}`);
  }

  #request(
    command: number,
    attributes: readonly Attribute[],
    description: string,
  ): ReturnType<NetlinkSocket['request']> {
    const payload = encodeGenericMessage({ command, version: VERSION, attributes });
    return this.#socket.request({ type: this.#type, payload, isRead: false, description });
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function sockets(fd: number): Attribute {
  return nestedAttribute(Attr.sockets, [nestedAttribute(SOCK_ITEM, [u32(SOCK_FD, fd)])]);
}
