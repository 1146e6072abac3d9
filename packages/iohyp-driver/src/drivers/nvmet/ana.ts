import { DriverError } from '../../contract.ts';
import type { Configfs } from './configfs.ts';
import { findPort } from './port.ts';

/** How clients see this path to an instance's volumes: Asymmetric Namespace Access, NVMe base specification 2.0, section 8.1. */
export const anaStates = ['optimized', 'non-optimized', 'inaccessible', 'persistent-loss', 'change'] as const;

export type AnaState = (typeof anaStates)[number];

export async function readAnaState(
  configfs: Configfs,
  instanceNqn: string,
  groupId: number,
): Promise<AnaState | undefined> {
  const port = await findPort(configfs, instanceNqn);
  const text = port && (await configfs.read('ports', port.id, 'ana_groups', String(groupId), 'ana_state'));
  return anaStates.find((state) => state === text);
}

/** Clients that are connected are told at once. */
export async function writeAnaState(
  configfs: Configfs,
  instanceNqn: string,
  groupId: number,
  state: AnaState,
): Promise<void> {
  if (!anaStates.includes(state)) {
    throw new DriverError('bad_request', `state is ${JSON.stringify(state)}, expected one of ${anaStates.join(', ')}`);
  }
  const port = await findPort(configfs, instanceNqn);
  if (port === undefined) {
    throw new DriverError('not_open', 'nothing of the instance is open');
  }
  await configfs.write(state, 'ports', port.id, 'ana_groups', String(groupId), 'ana_state');
}
