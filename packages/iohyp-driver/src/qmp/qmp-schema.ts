// Made by tools/qmp-types from what qemu-storage-daemon 7.2 answers to query-qmp-schema. Don't edit.

/** Commands that we use: what they take, and what we read of their answers. */
export interface QmpCommands {
  readonly 'block-export-add': { readonly arguments: BlockExportAddArguments; readonly answer: unknown };
  readonly 'block-export-del': { readonly arguments: BlockExportDelArguments; readonly answer: unknown };
  readonly 'blockdev-add': { readonly arguments: BlockdevAddArguments; readonly answer: unknown };
  readonly 'blockdev-del': { readonly arguments: BlockdevDelArguments; readonly answer: unknown };
  readonly 'object-add': { readonly arguments: ObjectAddArguments; readonly answer: unknown };
  readonly 'object-del': { readonly arguments: ObjectDelArguments; readonly answer: unknown };
  readonly 'qom-get': { readonly arguments: QomGetArguments; readonly answer: unknown };
  readonly 'qom-list': { readonly arguments: QomListArguments; readonly answer: readonly QomListAnswer[] };
  readonly 'qom-set': { readonly arguments: QomSetArguments; readonly answer: unknown };
  readonly 'query-block-exports': {
    readonly arguments: Readonly<Record<string, never>>;
    readonly answer: readonly QueryBlockExportsAnswer[];
  };
  readonly 'query-blockstats': {
    readonly arguments: QueryBlockstatsArguments;
    readonly answer: readonly QueryBlockstatsAnswer[];
  };
  readonly 'query-named-block-nodes': {
    readonly arguments: QueryNamedBlockNodesArguments;
    readonly answer: readonly QueryNamedBlockNodesAnswer[];
  };
  readonly quit: { readonly arguments: Readonly<Record<string, never>>; readonly answer: unknown };
}

/** Events that we use. */
export interface QmpEvents {
  readonly BLOCK_EXPORT_DELETED: BlockExportDeletedData;
}

export interface BlockExportAddArgumentsCommon {
  readonly 'fixed-iothread'?: boolean;
  readonly id: string;
  readonly iothread?: string;
  readonly 'node-name': string;
  readonly writable?: boolean;
  readonly writethrough?: boolean;
}
export interface BlockExportAddArgumentsNbd extends BlockExportAddArgumentsCommon {
  readonly type: 'nbd';
  readonly 'allocation-depth'?: boolean;
  readonly bitmaps?: readonly BlockExportAddArgumentsNbdBitmaps[];
  readonly description?: string;
  readonly name?: string;
}
export interface BlockExportAddArgumentsNbdBitmapsOptions {
  readonly name: string;
  readonly node: string;
}
export interface BlockExportDelArguments {
  readonly id: string;
  readonly mode?: BlockExportDelArgumentsMode;
}
export interface BlockExportDeletedData {
  readonly id: string;
}
export interface BlockdevAddArgumentsBlklogwrites extends BlockdevAddArgumentsCommon {
  readonly driver: 'blklogwrites';
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
  readonly log: BlockdevAddArgumentsBlklogwritesFile;
  readonly 'log-append'?: boolean;
  readonly 'log-sector-size'?: number;
  readonly 'log-super-update-interval'?: number;
}
export interface BlockdevAddArgumentsCache {
  readonly direct?: boolean;
  readonly 'no-flush'?: boolean;
}
export interface BlockdevAddArgumentsCommon {
  readonly 'auto-read-only'?: boolean;
  readonly cache?: BlockdevAddArgumentsCache;
  readonly 'detect-zeroes'?: BlockdevAddArgumentsDetectZeroes;
  readonly discard?: BlockdevAddArgumentsDiscard;
  readonly 'force-share'?: boolean;
  readonly 'node-name'?: string;
  readonly 'read-only'?: boolean;
}
export interface BlockdevAddArgumentsCopyOnRead extends BlockdevAddArgumentsCommon {
  readonly driver: 'copy-on-read';
  readonly bottom?: string;
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
}
export interface BlockdevAddArgumentsFile extends BlockdevAddArgumentsCommon {
  readonly driver: 'file';
  readonly aio?: BlockdevAddArgumentsFileAio;
  readonly 'aio-max-batch'?: number;
  readonly 'drop-cache'?: boolean;
  readonly filename: string;
  readonly locking?: BlockdevAddArgumentsFileLocking;
  readonly 'pr-manager'?: string;
  readonly 'x-check-cache-dropped'?: boolean;
}
export interface BlockdevAddArgumentsHostDevice extends BlockdevAddArgumentsCommon {
  readonly driver: 'host_device';
  readonly aio?: BlockdevAddArgumentsFileAio;
  readonly 'aio-max-batch'?: number;
  readonly 'drop-cache'?: boolean;
  readonly filename: string;
  readonly locking?: BlockdevAddArgumentsFileLocking;
  readonly 'pr-manager'?: string;
  readonly 'x-check-cache-dropped'?: boolean;
}
export interface BlockdevAddArgumentsIscsi extends BlockdevAddArgumentsCommon {
  readonly driver: 'iscsi';
  readonly 'header-digest'?: BlockdevAddArgumentsIscsiHeaderDigest;
  readonly 'initiator-name'?: string;
  readonly lun?: number;
  readonly 'password-secret'?: string;
  readonly portal: string;
  readonly target: string;
  readonly timeout?: number;
  readonly transport: BlockdevAddArgumentsIscsiTransport;
  readonly user?: string;
}
export interface BlockdevAddArgumentsLuks extends BlockdevAddArgumentsCommon {
  readonly driver: 'luks';
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
  readonly 'key-secret'?: string;
}
export interface BlockdevAddArgumentsNbd extends BlockdevAddArgumentsCommon {
  readonly driver: 'nbd';
  readonly export?: string;
  readonly 'open-timeout'?: number;
  readonly 'reconnect-delay'?: number;
  readonly server: BlockdevAddArgumentsNbdServer;
  readonly 'tls-creds'?: string;
  readonly 'tls-hostname'?: string;
  readonly 'x-dirty-bitmap'?: string;
}
export interface BlockdevAddArgumentsNbdServerFd {
  readonly type: 'fd';
  readonly str: string;
}
export interface BlockdevAddArgumentsNbdServerInet {
  readonly type: 'inet';
  readonly host: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly 'keep-alive'?: boolean;
  readonly mptcp?: boolean;
  readonly numeric?: boolean;
  readonly port: string;
  readonly to?: number;
}
export interface BlockdevAddArgumentsNbdServerUnix {
  readonly type: 'unix';
  readonly abstract?: boolean;
  readonly path: string;
  readonly tight?: boolean;
}
export interface BlockdevAddArgumentsNbdServerVsock {
  readonly type: 'vsock';
  readonly cid: string;
  readonly port: string;
}
export interface BlockdevAddArgumentsNfs extends BlockdevAddArgumentsCommon {
  readonly driver: 'nfs';
  readonly debug?: number;
  readonly group?: number;
  readonly 'page-cache-size'?: number;
  readonly path: string;
  readonly 'readahead-size'?: number;
  readonly server: BlockdevAddArgumentsNfsServer;
  readonly 'tcp-syn-count'?: number;
  readonly user?: number;
}
export interface BlockdevAddArgumentsNfsServer {
  readonly host: string;
  readonly type: BlockdevAddArgumentsNfsServerType;
}
export interface BlockdevAddArgumentsQcow2 extends BlockdevAddArgumentsCommon {
  readonly driver: 'qcow2';
  readonly backing?: BlockdevAddArgumentsQcow2Backing;
  readonly 'cache-clean-interval'?: number;
  readonly 'cache-size'?: number;
  readonly 'data-file'?: BlockdevAddArgumentsBlklogwritesFile;
  readonly encrypt?: BlockdevAddArgumentsQcow2Encrypt;
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
  readonly 'l2-cache-entry-size'?: number;
  readonly 'l2-cache-size'?: number;
  readonly 'lazy-refcounts'?: boolean;
  readonly 'overlap-check'?: BlockdevAddArgumentsQcow2OverlapCheck;
  readonly 'pass-discard-other'?: boolean;
  readonly 'pass-discard-request'?: boolean;
  readonly 'pass-discard-snapshot'?: boolean;
  readonly 'refcount-cache-size'?: number;
}
export interface BlockdevAddArgumentsQcow2EncryptAes {
  readonly format: 'aes';
  readonly 'key-secret'?: string;
}
export interface BlockdevAddArgumentsQcow2EncryptLuks {
  readonly format: 'luks';
  readonly 'key-secret'?: string;
}
export interface BlockdevAddArgumentsQcow2OverlapCheckOptions {
  readonly 'active-l1'?: boolean;
  readonly 'active-l2'?: boolean;
  readonly 'bitmap-directory'?: boolean;
  readonly 'inactive-l1'?: boolean;
  readonly 'inactive-l2'?: boolean;
  readonly 'main-header'?: boolean;
  readonly 'refcount-block'?: boolean;
  readonly 'refcount-table'?: boolean;
  readonly 'snapshot-table'?: boolean;
  readonly template?: BlockdevAddArgumentsQcow2OverlapCheckOptionsTemplate;
}
export interface BlockdevAddArgumentsQuorum extends BlockdevAddArgumentsCommon {
  readonly driver: 'quorum';
  readonly blkverify?: boolean;
  readonly children: readonly BlockdevAddArgumentsBlklogwritesFile[];
  readonly 'read-pattern'?: BlockdevAddArgumentsQuorumReadPattern;
  readonly 'rewrite-corrupted'?: boolean;
  readonly 'vote-threshold': number;
}
export interface BlockdevAddArgumentsRaw extends BlockdevAddArgumentsCommon {
  readonly driver: 'raw';
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
  readonly offset?: number;
  readonly size?: number;
}
export interface BlockdevAddArgumentsRbd extends BlockdevAddArgumentsCommon {
  readonly driver: 'rbd';
  readonly 'auth-client-required'?: readonly BlockdevAddArgumentsRbdAuthClientRequired[];
  readonly conf?: string;
  readonly encrypt?: BlockdevAddArgumentsRbdEncrypt;
  readonly image: string;
  readonly 'key-secret'?: string;
  readonly namespace?: string;
  readonly pool: string;
  readonly server?: readonly BlockdevAddArgumentsRbdServer[];
  readonly snapshot?: string;
  readonly user?: string;
}
export interface BlockdevAddArgumentsRbdEncryptLuks {
  readonly format: 'luks';
  readonly 'key-secret': string;
}
export interface BlockdevAddArgumentsRbdEncryptLuks2 {
  readonly format: 'luks2';
  readonly 'key-secret': string;
}
export interface BlockdevAddArgumentsRbdServer {
  readonly host: string;
  readonly port: string;
}
export interface BlockdevAddArgumentsThrottle extends BlockdevAddArgumentsCommon {
  readonly driver: 'throttle';
  readonly file: BlockdevAddArgumentsBlklogwritesFile;
  readonly 'throttle-group': string;
}
export interface BlockdevDelArguments {
  readonly 'node-name': string;
}
export interface ObjectAddArgumentsAuthzList extends ObjectAddArgumentsCommon {
  readonly 'qom-type': 'authz-list';
  readonly policy?: ObjectAddArgumentsAuthzListPolicy;
  readonly rules?: readonly ObjectAddArgumentsAuthzListRules[];
}
export interface ObjectAddArgumentsAuthzListRules {
  readonly format?: ObjectAddArgumentsAuthzListRulesFormat;
  readonly match: string;
  readonly policy: ObjectAddArgumentsAuthzListPolicy;
}
export interface ObjectAddArgumentsCommon {
  readonly id: string;
}
export interface ObjectAddArgumentsIothread extends ObjectAddArgumentsCommon {
  readonly 'qom-type': 'iothread';
  readonly 'aio-max-batch'?: number;
  readonly 'poll-grow'?: number;
  readonly 'poll-max-ns'?: number;
  readonly 'poll-shrink'?: number;
  readonly 'thread-pool-max'?: number;
  readonly 'thread-pool-min'?: number;
}
export interface ObjectAddArgumentsSecret extends ObjectAddArgumentsCommon {
  readonly 'qom-type': 'secret';
  readonly data?: string;
  readonly file?: string;
  readonly format?: ObjectAddArgumentsSecretFormat;
  readonly iv?: string;
  readonly keyid?: string;
  readonly loaded?: boolean;
}
export interface ObjectAddArgumentsThrottleGroup extends ObjectAddArgumentsCommon {
  readonly 'qom-type': 'throttle-group';
  readonly limits?: ObjectAddArgumentsThrottleGroupLimits;
  readonly 'x-bps-read'?: number;
  readonly 'x-bps-read-max'?: number;
  readonly 'x-bps-read-max-length'?: number;
  readonly 'x-bps-total'?: number;
  readonly 'x-bps-total-max'?: number;
  readonly 'x-bps-total-max-length'?: number;
  readonly 'x-bps-write'?: number;
  readonly 'x-bps-write-max'?: number;
  readonly 'x-bps-write-max-length'?: number;
  readonly 'x-iops-read'?: number;
  readonly 'x-iops-read-max'?: number;
  readonly 'x-iops-read-max-length'?: number;
  readonly 'x-iops-size'?: number;
  readonly 'x-iops-total'?: number;
  readonly 'x-iops-total-max'?: number;
  readonly 'x-iops-total-max-length'?: number;
  readonly 'x-iops-write'?: number;
  readonly 'x-iops-write-max'?: number;
  readonly 'x-iops-write-max-length'?: number;
}
export interface ObjectAddArgumentsThrottleGroupLimits {
  readonly 'bps-read'?: number;
  readonly 'bps-read-max'?: number;
  readonly 'bps-read-max-length'?: number;
  readonly 'bps-total'?: number;
  readonly 'bps-total-max'?: number;
  readonly 'bps-total-max-length'?: number;
  readonly 'bps-write'?: number;
  readonly 'bps-write-max'?: number;
  readonly 'bps-write-max-length'?: number;
  readonly 'iops-read'?: number;
  readonly 'iops-read-max'?: number;
  readonly 'iops-read-max-length'?: number;
  readonly 'iops-size'?: number;
  readonly 'iops-total'?: number;
  readonly 'iops-total-max'?: number;
  readonly 'iops-total-max-length'?: number;
  readonly 'iops-write'?: number;
  readonly 'iops-write-max'?: number;
  readonly 'iops-write-max-length'?: number;
}
export interface ObjectDelArguments {
  readonly id: string;
}
export interface QomGetArguments {
  readonly path: string;
  readonly property: string;
}
export interface QomListAnswer {
  readonly name: string;
}
export interface QomListArguments {
  readonly path: string;
}
export interface QomSetArguments {
  readonly path: string;
  readonly property: string;
  readonly value: unknown;
}
export interface QueryBlockExportsAnswer {
  readonly id: string;
  readonly 'node-name': string;
  readonly 'shutting-down': boolean;
}
export interface QueryBlockstatsAnswer {
  readonly 'node-name'?: string;
}
export interface QueryBlockstatsArguments {
  readonly 'query-nodes'?: boolean;
}
export interface QueryNamedBlockNodesAnswer {
  readonly 'node-name'?: string;
  readonly drv: string;
  readonly file: string;
  readonly ro: boolean;
  readonly image: QueryNamedBlockNodesAnswerImage;
}
export interface QueryNamedBlockNodesAnswerImage {
  readonly 'virtual-size': number;
}
export interface QueryNamedBlockNodesArguments {
  readonly flat?: boolean;
}
export type BlockExportAddArguments = BlockExportAddArgumentsNbd;
export type BlockExportAddArgumentsNbdBitmaps = string | BlockExportAddArgumentsNbdBitmapsOptions;
export type BlockExportDelArgumentsMode = 'hard' | 'safe';
export type BlockdevAddArguments =
  | BlockdevAddArgumentsBlklogwrites
  | BlockdevAddArgumentsCopyOnRead
  | BlockdevAddArgumentsFile
  | BlockdevAddArgumentsHostDevice
  | BlockdevAddArgumentsIscsi
  | BlockdevAddArgumentsLuks
  | BlockdevAddArgumentsNbd
  | BlockdevAddArgumentsNfs
  | BlockdevAddArgumentsQcow2
  | BlockdevAddArgumentsQuorum
  | BlockdevAddArgumentsRaw
  | BlockdevAddArgumentsRbd
  | BlockdevAddArgumentsThrottle;
export type BlockdevAddArgumentsBlklogwritesFile = BlockdevAddArguments | string;
export type BlockdevAddArgumentsDetectZeroes = 'off' | 'on' | 'unmap';
export type BlockdevAddArgumentsDiscard = 'ignore' | 'unmap';
export type BlockdevAddArgumentsFileAio = 'io_uring' | 'native' | 'threads';
export type BlockdevAddArgumentsFileLocking = 'auto' | 'off' | 'on';
export type BlockdevAddArgumentsIscsiHeaderDigest = 'crc32c' | 'crc32c-none' | 'none' | 'none-crc32c';
export type BlockdevAddArgumentsIscsiTransport = 'iser' | 'tcp';
export type BlockdevAddArgumentsNbdServer =
  | BlockdevAddArgumentsNbdServerFd
  | BlockdevAddArgumentsNbdServerInet
  | BlockdevAddArgumentsNbdServerUnix
  | BlockdevAddArgumentsNbdServerVsock;
export type BlockdevAddArgumentsNfsServerType = 'inet';
export type BlockdevAddArgumentsQcow2Backing = BlockdevAddArguments | string | null;
export type BlockdevAddArgumentsQcow2Encrypt =
  | BlockdevAddArgumentsQcow2EncryptAes
  | BlockdevAddArgumentsQcow2EncryptLuks;
export type BlockdevAddArgumentsQcow2OverlapCheck =
  | BlockdevAddArgumentsQcow2OverlapCheckOptions
  | BlockdevAddArgumentsQcow2OverlapCheckOptionsTemplate;
export type BlockdevAddArgumentsQcow2OverlapCheckOptionsTemplate = 'all' | 'cached' | 'constant' | 'none';
export type BlockdevAddArgumentsQuorumReadPattern = 'fifo' | 'quorum';
export type BlockdevAddArgumentsRbdAuthClientRequired = 'cephx' | 'none';
export type BlockdevAddArgumentsRbdEncrypt = BlockdevAddArgumentsRbdEncryptLuks | BlockdevAddArgumentsRbdEncryptLuks2;
export type ObjectAddArguments =
  | ObjectAddArgumentsAuthzList
  | ObjectAddArgumentsIothread
  | ObjectAddArgumentsSecret
  | ObjectAddArgumentsThrottleGroup;
export type ObjectAddArgumentsAuthzListPolicy = 'allow' | 'deny';
export type ObjectAddArgumentsAuthzListRulesFormat = 'exact' | 'glob';
export type ObjectAddArgumentsSecretFormat = 'base64' | 'raw';
