import { findU16, text } from '../codec/attribute-value.ts';
import { decodeGenericMessage, encodeGenericMessage } from '../codec/generic-message.ts';
import { isKernelError } from '../socket/kernel-error.ts';
import type { NetlinkSocket, RequestOptions } from '../socket/netlink-socket.ts';

/** NETLINK_GENERIC, for `NetlinkSocket.open({ protocol })`. */
export const GENERIC_NETLINK = 16;

/** The controller's own family, its version, and CTRL_* (`<linux/genetlink.h>`). */
const CONTROLLER = 16;
const CONTROLLER_VERSION = 2;
const GET_FAMILY = 3;
const FAMILY_ID = 1;
const FAMILY_NAME = 2;

/**
 * The message type of a generic netlink family, such as `nbd`; `undefined` when the kernel has none of this name.
 *
 * @param socket of the protocol {@link GENERIC_NETLINK}.
 */
export async function findGenericFamily(
  socket: NetlinkSocket,
  name: string,
  options?: RequestOptions,
): Promise<number | undefined> {
  const attributes = [text(FAMILY_NAME, name)];
  const payload = encodeGenericMessage({ command: GET_FAMILY, version: CONTROLLER_VERSION, attributes });
  try {
    const [answer] = await socket.request(
      { type: CONTROLLER, payload, isRead: true, description: `find the generic netlink family ${name}` },
      options,
    );
    return answer === undefined ? undefined : findU16(decodeGenericMessage(answer.payload).attributes, FAMILY_ID);
  } catch (error) {
    if (isKernelError(error, 'ENOENT')) return undefined;
    throw error;
  }
}
