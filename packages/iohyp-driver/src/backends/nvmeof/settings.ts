export interface NvmeofBackendSettings {
  /** Name by which storage knows this I/O host: what its connector told Cinder, as in `/etc/nvme/hostnqn`. */
  readonly hostNqn: string;
  /** UUID that belongs to the name, as in `/etc/nvme/hostid`. Default: the kernel's own. */
  readonly hostId?: string;
  /** Absolute path of a file with the DH-HMAC-CHAP secret (`DHHC-1:…`) that storage asks of this host, if it asks for one. */
  readonly secretFile?: string;
  /** Most I/O queues per connection; the kernel's own default is one per processor. Default 4. */
  readonly queues?: number;
  /** How long requests wait for storage that has gone before they fail. Default 600. */
  readonly controllerLossSeconds?: number;
  /** Pause between attempts to reach it again. Default 2. */
  readonly reconnectDelaySeconds?: number;
  /** Storage that says nothing for so long has gone. Default 5. */
  readonly keepAliveSeconds?: number;
  /** How long a portal may take to answer before the next one is tried. Default 3,000. */
  readonly portalTimeoutMs?: number;
  /** How long a namespace may take to show after connecting. Default 10,000. */
  readonly namespaceTimeoutMs?: number;
  /** Which connections are ours, and for whom, is kept here. Default `/run/iorcl/nvmeof`. */
  readonly runtimeDirectory?: string;
}
