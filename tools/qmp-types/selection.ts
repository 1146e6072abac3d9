/** What of the daemon's schema @iorcl/iohyp-driver uses: the generated types hold this and nothing else. */
export interface Selection {
  /** Commands. `answer`: members that are read of what comes back, as paths; absent: nothing is. */
  readonly commands: Readonly<Record<string, { readonly answer?: readonly string[] }>>;
  readonly events: readonly string[];
  /** Of types that have a variant per driver or kind, those that are used, by the name of the command that takes it. */
  readonly variants: Readonly<Record<string, readonly string[]>>;
}

export const selection: Selection = {
  commands: {
    'block-export-add': {},
    'block-export-del': {},
    'blockdev-add': {},
    'blockdev-del': {},
    'object-add': {},
    'object-del': {},
    'qom-get': {},
    'qom-list': { answer: ['name'] },
    'qom-set': {},
    'query-block-exports': { answer: ['id', 'node-name', 'shutting-down'] },
    'query-blockstats': { answer: ['node-name'] },
    'query-named-block-nodes': { answer: ['node-name', 'drv', 'file', 'ro', 'image.virtual-size'] },
    quit: {},
  },
  events: ['BLOCK_EXPORT_DELETED'],
  variants: {
    'blockdev-add': [
      'blklogwrites',
      'copy-on-read',
      'file',
      'host_device',
      'iscsi',
      'luks',
      'nbd',
      'nfs',
      'qcow2',
      'quorum',
      'raw',
      'rbd',
      'throttle',
    ],
    'block-export-add': ['nbd'],
    'object-add': ['authz-list', 'iothread', 'secret', 'throttle-group'],
  },
};
