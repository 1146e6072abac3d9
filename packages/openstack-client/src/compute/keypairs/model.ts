import type { WireRecord } from '../../wire/record.ts';

/** @see https://docs.openstack.org/api-ref/compute/#keypairs-keypairs */
export interface Keypair {
  readonly name: string;
  /** `ssh` or `x509`. */
  readonly type: string;
  readonly publicKey: string;
  readonly fingerprint: string;
  /** As it came, with the fields that this library doesn't know; a private key is not among them. */
  readonly raw: WireRecord;
}

export interface KeypairCreate {
  readonly name: string;
  /** In OpenSSH's format. Nova makes no keys any more (2.92), so one is needed. */
  readonly publicKey: string;
  readonly type?: 'ssh' | 'x509' | undefined;
  /** Whose it will be; only admins may. */
  readonly userId?: string | undefined;
}

export interface KeypairFilter {
  /** Another user; only admins may. */
  readonly userId?: string | undefined;
}
