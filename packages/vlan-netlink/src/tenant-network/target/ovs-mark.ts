import { OvsdbClient } from '../../open-vswitch/ovsdb-client.ts';
import { OvsdbError } from '../../open-vswitch/ovsdb-error.ts';
import { deletePort, findPorts } from '../../open-vswitch/port.ts';
import type { PlugTarget } from '../contract.ts';
import type { MarkedThing } from '../marked-thing.ts';

const SITE = 'iorcl-site';
const NETWORK = 'iorcl-network';

/** A switch that hangs does not keep a host in the network: the link goes whether the switch lets go of it or not. */
const LET_GO_MS = 5000;

/** Entries of external_ids that every port of ours has. */
export function portMark(site: string, key: string): Readonly<Record<string, string>> {
  return { [SITE]: site, [NETWORK]: key };
}

async function findIn(ovsdb: string, site: string): Promise<MarkedThing[]> {
  using client = await OvsdbClient.connect(ovsdb);
  return (await findPorts(client, { [SITE]: site })).flatMap(({ uuid, name, externalIds }) => {
    const key = externalIds[NETWORK];
    if (key === undefined) return [];
    const remove = async (): Promise<void> => {
      using remover = await OvsdbClient.connect(ovsdb);
      await deletePort(remover, uuid, { applyTimeoutMs: LET_GO_MS }).catch((error: unknown) => {
        if (!(error instanceof OvsdbError) || error.code !== 'ovsdb_timeout') throw error;
      });
    };
    return [{ key, description: `Open vSwitch port ${name}`, remove }];
  });
}

/** Ports of the site in all switches among the targets. */
export async function findMarkedPorts(site: string, targets: readonly PlugTarget[]): Promise<MarkedThing[]> {
  const databases = new Set(targets.flatMap((target) => ('ovsdb' in target ? [target.ovsdb] : [])));
  const found: MarkedThing[] = [];
  for (const ovsdb of databases) found.push(...(await findIn(ovsdb, site)));
  return found;
}
