import * as z from 'zod';
import type { QmpCommands } from '../../qmp/qmp-schema.ts';
import type { Session } from './session.ts';

/** A node of the daemon's block layer: the part of QAPI BlockDeviceInfo that we look at. */
export interface BlockNode {
  readonly name: string;
  readonly driver: string;
  /** Path of what it opens, of nodes that open something by a path. */
  readonly file: string;
  readonly readOnly: boolean;
  readonly sizeBytes: number;
}

/** QAPI BlockExportInfo. */
export interface BlockExport {
  readonly id: string;
  readonly nodeName: string;
  readonly shuttingDown: boolean;
}

export interface BlockGraph {
  readonly nodes: ReadonlyMap<string, BlockNode>;
  readonly exports: ReadonlyMap<string, BlockExport>;
}

type Answer<C extends keyof QmpCommands> = QmpCommands[C]['answer'];

const nodes: z.ZodType<readonly BlockNode[], Answer<'query-named-block-nodes'>> = z.array(
  z
    .object({
      'node-name': z.string().exactOptional(),
      drv: z.string(),
      file: z.string(),
      ro: z.boolean(),
      image: z.object({ 'virtual-size': z.int() }),
    })
    .transform((node) => ({
      name: node['node-name'] ?? '',
      driver: node.drv,
      file: node.file,
      readOnly: node.ro,
      sizeBytes: node.image['virtual-size'],
    })),
);

const blockExports: z.ZodType<readonly BlockExport[], Answer<'query-block-exports'>> = z.array(
  z
    .object({ id: z.string(), 'node-name': z.string(), 'shutting-down': z.boolean() })
    .transform((found) => ({ id: found.id, nodeName: found['node-name'], shuttingDown: found['shutting-down'] })),
);

const names: z.ZodType<ReadonlySet<string>, Answer<'query-blockstats'>> = z
  .array(z.object({ 'node-name': z.string().exactOptional() }))
  .transform((found) => new Set(found.map((node) => node['node-name'] ?? '')));

/**
 * Names of the nodes that the daemon has, and nothing that it would have to ask the storage for: what is known of a node of
 * RBD is read from the image each time, which would be counted, and which a cluster that hangs would hold up.
 */
export async function readNodeNames({ qmp, call }: Session): Promise<ReadonlySet<string>> {
  return names.parse(await qmp.call('query-blockstats', { 'query-nodes': true }, call));
}

/** What the daemon really has. */
export async function readBlockGraph({ qmp, call }: Session): Promise<BlockGraph> {
  const foundNodes = nodes.parse(await qmp.call('query-named-block-nodes', { flat: true }, call));
  const foundExports = blockExports.parse(await qmp.call('query-block-exports', {}, call));
  return {
    nodes: new Map(foundNodes.map((node) => [node.name, node])),
    exports: new Map(foundExports.map((found) => [found.id, found])),
  };
}
