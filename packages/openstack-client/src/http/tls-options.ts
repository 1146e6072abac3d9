import type { ConnectionOptions } from 'node:tls';

/** Whom to trust at `https:` endpoints, and how to show who we are. */
export interface TlsOptions {
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly clientCertificate?: ClientCertificate | undefined;
  /** False: anybody may pretend to be the cloud. For experiments only. Default true. */
  readonly verifyTls?: boolean | undefined;
}

export interface ClientCertificate {
  /** PEM, with the chain. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  readonly passphrase?: string | undefined;
}

export function tlsConnection({ ca, clientCertificate, verifyTls }: TlsOptions): ConnectionOptions {
  const { certificate, key, passphrase } = clientCertificate ?? {};
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(verifyTls === false ? { rejectUnauthorized: false } : {}),
  };
}
