import type { OvsdbClient, OvsdbOperation, OvsdbResult } from './ovsdb-client.ts';
import { OvsdbError } from './ovsdb-error.ts';
import { mapOf, numberOf, numbersOf, optionalTextOf, ovsdbMap, ovsdbSet, textOf, uuidOf } from './ovsdb-value.ts';
import { requestApplication, type SwitchOptions, waitApplied } from './switch-applied.ts';

/** A port of an Open vSwitch bridge (ovs-vswitchd.conf.db(5), table Port). */
export interface SwitchPort {
  readonly uuid: string;
  readonly name: string;
  /** The VLAN of an access port. */
  readonly tag: number | undefined;
  /** The VLANs of a trunk port, tagged; none are all. */
  readonly trunks: readonly number[];
  readonly externalIds: Readonly<Record<string, string>>;
}

/** A port with one interface of the same name. */
export interface NewPort {
  readonly bridge: string;
  readonly name: string;
  /** `internal` (default): the switch makes the link, in its own network namespace. `system`: the link is there. */
  readonly type?: 'internal' | 'system';
  /** An access port of this VLAN. */
  readonly tag?: number;
  /** Without `tag`: a trunk port of these VLANs. Neither: of all VLANs. */
  readonly trunks?: readonly number[];
  /** Of the port, and of its interface. */
  readonly externalIds?: Readonly<Record<string, string>>;
  /** Of the interface only. Neutron's agents look for `iface-id`, `iface-status` and `attached-mac` there. */
  readonly interfaceExternalIds?: Readonly<Record<string, string>>;
}

/** What came of a new port: its OpenFlow number, or why there is none. Nothing is left of one that failed. */
export type AddedPort =
  | { readonly ok: true; readonly openFlowPort: number }
  | {
      readonly ok: false;
      readonly reason: 'bridge_missing' | 'name_taken' | 'interface_failed' | 'refused';
      readonly error: OvsdbError;
    };

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
 * Adds a port in one transaction, and waits until the switch has given its interface a number (`ofport`).
 * After an abort, or when the switch takes too long, the port is taken out of the database again.
 *
 * @throws OvsdbError when the database cannot be talked to, or the switch does nothing; the signal's reason.
 */
export async function addPort(client: OvsdbClient, port: NewPort, options: SwitchOptions = {}): Promise<AddedPort> {
  const { bridge, name, type = 'internal', tag, trunks = [], externalIds = {}, interfaceExternalIds = {} } = port;
  checkVlans(port);
  options.signal?.throwIfAborted();
  const where = [['name', '==', bridge]];
  let results: OvsdbResult[];
  try {
    results = await client.transact([
      { op: 'wait', timeout: 0, table: 'Bridge', where, columns: ['name'], until: '==', rows: [{ name: bridge }] },
      {
        op: 'insert',
        table: 'Interface',
        'uuid-name': 'new_interface',
        row: {
          name,
          type: type === 'system' ? '' : type,
          external_ids: ovsdbMap({ ...externalIds, ...interfaceExternalIds }),
        },
      },
      {
        op: 'insert',
        table: 'Port',
        'uuid-name': 'new_port',
        row: {
          name,
          interfaces: ['named-uuid', 'new_interface'],
          external_ids: ovsdbMap(externalIds),
          trunks: ovsdbSet(...trunks),
          ...(tag !== undefined && { tag }),
        },
      },
      { op: 'mutate', table: 'Bridge', where, mutations: [['ports', 'insert', ovsdbSet(['named-uuid', 'new_port'])]] },
      ...requestApplication,
    ]);
  } catch (error) {
    if (!(error instanceof OvsdbError) || error.code !== 'ovsdb_refused') throw error;
    return { ok: false, reason: refusalReason(error), error };
  }
  const state = await served(client, name, configuration(results.at(-1)), options);
  if (state.openFlowPort !== undefined) return { ok: true, openFlowPort: state.openFlowPort };
  await deletePortNamed(client, name);
  const error = new OvsdbError(
    'ovs_interface_failed',
    `the switch could not make the interface ${name}: ${state.error ?? 'it gave it no number'}`,
  );
  return { ok: false, reason: 'interface_failed', error };
}

/** As {@link addPort}, but what failed is thrown. @throws OvsdbError */
export async function requirePort(client: OvsdbClient, port: NewPort, options: SwitchOptions = {}): Promise<number> {
  const added = await addPort(client, port, options);
  if (!added.ok) throw added.error;
  return added.openFlowPort;
}

/** For a switch to let go of a port that nobody waits for any more. */
const LET_GO_MS = 2000;

/** @throws any other error */
function ignoreTimeout(error: unknown): void {
  if (!(error instanceof OvsdbError) || error.code !== 'ovsdb_timeout') throw error;
}

/** What the switch made of the interface. Whoever stops waiting leaves no port behind. */
async function served(
  client: OvsdbClient,
  name: string,
  wanted: number,
  options: SwitchOptions,
): Promise<Awaited<ReturnType<typeof interfaceState>>> {
  try {
    await waitApplied(client, wanted, options);
    return await interfaceState(client, name);
  } catch (error) {
    const uuid = await findPortNamed(client, name);
    // A switch that works has let go of the link then; one that hangs holds nobody up for long.
    if (uuid !== undefined) await deletePort(client, uuid, { applyTimeoutMs: LET_GO_MS }).catch(ignoreTimeout);
    throw error;
  }
}

function checkVlans({ name, tag, trunks = [] }: NewPort): void {
  if (tag !== undefined && trunks.length > 0) {
    throw new RangeError(`port ${name}: an access port (tag ${tag}) cannot be a trunk too`);
  }
  for (const vlanId of [tag ?? 1, ...trunks]) {
    if (!Number.isInteger(vlanId) || vlanId < 0 || vlanId > 4095) {
      throw new RangeError(`port ${name}: ${vlanId} is no VLAN id; 0 to 4095 are`);
    }
  }
}

/** The server's words of RFC 7047, 5.2 and 4.1.3. */
function refusalReason({ serverError }: OvsdbError): Exclude<AddedPort, { ok: true }>['reason'] {
  if (serverError === 'timed out') return 'bridge_missing';
  return serverError === 'constraint violation' ? 'name_taken' : 'refused';
}

async function interfaceState(
  client: OvsdbClient,
  name: string,
): Promise<{ readonly openFlowPort: number | undefined; readonly error: string | undefined }> {
  const columns = ['ofport', 'error'];
  const [result] = await client.transact([
    { op: 'select', table: 'Interface', where: [['name', '==', name]], columns },
  ]);
  const row = result?.rows[0];
  if (row === undefined) return { openFlowPort: undefined, error: 'it is gone' };
  const number = numberOf(row, 'ofport');
  // -1: the switch tried, and failed.
  return { openFlowPort: number === -1 ? undefined : number, error: optionalTextOf(row, 'error') };
}

async function findPortNamed(client: OvsdbClient, name: string): Promise<string | undefined> {
  const where = [['name', '==', name]];
  const [result] = await client.transact([{ op: 'select', table: 'Port', where, columns: ['_uuid'] }]);
  const row = result?.rows[0];
  return row === undefined ? undefined : uuidOf(row, '_uuid');
}

async function deletePortNamed(client: OvsdbClient, name: string): Promise<void> {
  const uuid = await findPortNamed(client, name);
  if (uuid !== undefined) await deletePort(client, uuid);
}

/** The database removes a port, with its interfaces, that no bridge has. */
function removalFromBridge(uuid: string): OvsdbOperation {
  const where = [['ports', 'includes', ovsdbSet(['uuid', uuid])]];
  return { op: 'mutate', table: 'Bridge', where, mutations: [['ports', 'delete', ovsdbSet(['uuid', uuid])]] };
}

/** Ports whose external_ids have all of these entries. */
export async function findPorts(
  client: OvsdbClient,
  externalIds: Readonly<Record<string, string>>,
): Promise<SwitchPort[]> {
  const columns = ['_uuid', 'name', 'tag', 'trunks', 'external_ids'];
  const where = [['external_ids', 'includes', ovsdbMap(externalIds)]];
  const [result] = await client.transact([{ op: 'select', table: 'Port', where, columns }]);
  return (result?.rows ?? []).map((row) => ({
    uuid: uuidOf(row, '_uuid'),
    name: textOf(row, 'name'),
    tag: numberOf(row, 'tag'),
    trunks: numbersOf(row, 'trunks'),
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

/**
 * Deletes a port with its interfaces, and waits until the switch has let go of its link. A port that is gone is fine.
 *
 * @throws OvsdbError `ovsdb_timeout` when the switch does nothing: the port is out of the database then; the signal's reason.
 */
export async function deletePort(client: OvsdbClient, uuid: string, options: SwitchOptions = {}): Promise<void> {
  const results = await client.transact([removalFromBridge(uuid), ...requestApplication]);
  await waitApplied(client, configuration(results.at(-1)), options);
}

/** The external_ids of a port's interface; `undefined` when there is no such interface. */
export async function interfaceExternalIds(
  client: OvsdbClient,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const where = [['name', '==', name]];
  const [result] = await client.transact([{ op: 'select', table: 'Interface', where, columns: ['external_ids'] }]);
  const row = result?.rows[0];
  return row === undefined ? undefined : mapOf(row, 'external_ids');
}
