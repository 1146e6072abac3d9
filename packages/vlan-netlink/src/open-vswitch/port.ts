import type { OvsdbClient, OvsdbResult } from './ovsdb-client.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { mapOf, numberOf, optionalTextOf, ovsdbMap, ovsdbSet, textOf, uuidOf } from './ovsdb-value.ts';
import { requestApplication, waitApplied } from './switch-applied.ts';

const APPLY_TIMEOUT_MS = 10_000;

/** A port of an Open vSwitch bridge (ovs-vswitchd.conf.db(5), table Port). */
export interface SwitchPort {
  readonly uuid: string;
  readonly name: string;
  /** The VLAN of an access port. */
  readonly tag: number | undefined;
  readonly externalIds: Readonly<Record<string, string>>;
}

export interface NewInternalPort {
  readonly bridge: string;
  /** Also the name of the link that the switch makes, in its own network namespace. */
  readonly name: string;
  readonly tag: number;
  readonly externalIds: Readonly<Record<string, string>>;
}

function configuration(result: OvsdbResult | undefined): number {
  const row = result?.rows[0];
  return (row === undefined ? undefined : numberOf(row, 'next_cfg')) ?? 0;
}

/** The names of all bridges. */
export async function listBridges(client: OvsdbClient): Promise<string[]> {
  const [result] = await client.transact([{ op: 'select', table: 'Bridge', where: [], columns: ['name'] }]);
  return result?.rows.map((row) => textOf(row, 'name')) ?? [];
}

/**
 * Adds a port with an internal interface in one transaction, and waits until the switch has made its link.
 *
 * @throws OvsdbError `ovsdb_refused` when the bridge is missing or the name taken; `ovs_interface_failed`.
 */
export async function addInternalPort(client: OvsdbClient, port: NewInternalPort): Promise<void> {
  const { bridge, name, tag } = port;
  const external = ovsdbMap(port.externalIds);
  const where = [['name', '==', bridge]];
  const results = await client.transact([
    { op: 'wait', timeout: 0, table: 'Bridge', where, columns: ['name'], until: '==', rows: [{ name: bridge }] },
    {
      op: 'insert',
      table: 'Interface',
      'uuid-name': 'new_interface',
      row: { name, type: 'internal', external_ids: external },
    },
    {
      op: 'insert',
      table: 'Port',
      'uuid-name': 'new_port',
      row: { name, tag, interfaces: ['named-uuid', 'new_interface'], external_ids: external },
    },
    { op: 'mutate', table: 'Bridge', where, mutations: [['ports', 'insert', ovsdbSet(['named-uuid', 'new_port'])]] },
    ...requestApplication,
  ]);
  await waitApplied(client, configuration(results.at(-1)), APPLY_TIMEOUT_MS);
  await checkInterface(client, name);
}

async function checkInterface(client: OvsdbClient, name: string): Promise<void> {
  const columns = ['ofport', 'error'];
  const [result] = await client.transact([
    { op: 'select', table: 'Interface', where: [['name', '==', name]], columns },
  ]);
  const row = result?.rows[0];
  const number = row === undefined ? undefined : numberOf(row, 'ofport');
  if (number !== undefined && number >= 0) return;
  const reason = (row === undefined ? undefined : optionalTextOf(row, 'error')) ?? 'it gave it no number';
  throw new OvsdbError('ovs_interface_failed', `the switch could not make the interface ${name}: ${reason}`);
}

/** Ports whose external_ids have all of these entries. */
export async function findPorts(
  client: OvsdbClient,
  externalIds: Readonly<Record<string, string>>,
): Promise<SwitchPort[]> {
  const columns = ['_uuid', 'name', 'tag', 'external_ids'];
  const where = [['external_ids', 'includes', ovsdbMap(externalIds)]];
  const [result] = await client.transact([{ op: 'select', table: 'Port', where, columns }]);
  return (result?.rows ?? []).map((row) => ({
    uuid: uuidOf(row, '_uuid'),
    name: textOf(row, 'name'),
    tag: numberOf(row, 'tag'),
    externalIds: mapOf(row, 'external_ids'),
  }));
}

/** The bridge that a port is on; `undefined` when it is on none. */
export async function bridgeOfPort(client: OvsdbClient, uuid: string): Promise<string | undefined> {
  const where = [['ports', 'includes', ovsdbSet(['uuid', uuid])]];
  const [result] = await client.transact([{ op: 'select', table: 'Bridge', where, columns: ['name'] }]);
  const row = result?.rows[0];
  return row === undefined ? undefined : textOf(row, 'name');
}

/** Deletes a port with its interfaces, and waits until the switch has let go of its link. A port that is gone is fine. */
export async function deletePort(client: OvsdbClient, uuid: string): Promise<void> {
  const mutations = [['ports', 'delete', ovsdbSet(['uuid', uuid])]];
  const where = [['ports', 'includes', ovsdbSet(['uuid', uuid])]];
  const results = await client.transact([{ op: 'mutate', table: 'Bridge', where, mutations }, ...requestApplication]);
  await waitApplied(client, configuration(results.at(-1)), APPLY_TIMEOUT_MS);
}
