import type { PlugTarget } from '../contract.ts';
import type { MarkedThing } from '../marked-thing.ts';

export async function findMarkedPorts(_site: string, _targets: readonly PlugTarget[]): Promise<MarkedThing[]> {
  return [];
}
