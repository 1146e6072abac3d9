/** What a request that names a network namespace needs: a {@link NetworkNamespace}, or one of a fake kernel. */
export interface NamespaceHandle {
  /** For IFLA_NET_NS_FD. */
  readonly fd: number;
}
