/** How a machine is known to be the right one. There is no way to accept just any. */
export type SshHostKey =
  /** A file as sshd(8) describes it: plain or hashed names, patterns, `[host]:port`, `@revoked`. */
  | { readonly knownHostsFile: string }
  /** Fingerprints as `ssh-keygen -l` prints them: `SHA256:` and 43 characters. Any of them is right. */
  | { readonly sha256: readonly string[] };

/** Certificates are not among them: ssh2 knows none. */
export type SshAuthentication =
  /** Unix socket of an ssh-agent, as `SSH_AUTH_SOCK` names it. */
  | { readonly agentSocket: string }
  | {
      /** In OpenSSH's or PEM form. Never logged. */
      readonly privateKey: string;
      readonly passphrase?: string;
    };

/** Waiting between attempts to connect: doubled after each failure. */
export interface SshBackoff {
  /** Default 250. */
  readonly initialMs?: number;
  /** Default 10,000. */
  readonly maxMs?: number;
}

export interface SshOptions {
  readonly host: string;
  /** Default 22. */
  readonly port?: number;
  readonly username: string;
  readonly authentication: SshAuthentication;
  readonly hostKey: SshHostKey;
  /** For one attempt: TCP, handshake and authentication together. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** How often the other end is asked whether it is still there. Default 5,000. */
  readonly keepaliveIntervalMs?: number;
  /** After so many questions without an answer the connection counts as lost. Default 3. */
  readonly keepaliveCountMax?: number;
  /** Programs that run at a time; more wait. sshd's own limit, `MaxSessions`, is 10. Default 4. */
  readonly maxChannels?: number;
  readonly backoff?: SshBackoff;
}
