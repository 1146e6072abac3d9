import type { QosLimits } from './qos.ts';

/** Holds the volume to limits. Without any it lets everything pass until `setQos` gives it some. */
export interface ThrottleInterposer extends QosLimits {
  readonly kind: 'throttle';
}

/** Decrypts and encrypts a LUKS 1 or LUKS 2 volume. Nearest to the backend, where the ciphertext is. */
export interface LuksInterposer {
  readonly kind: 'luks';
  readonly key: LuksKey;
}

/** The passphrase of a LUKS key slot: its bytes, as they are. */
export type LuksKey =
  /** Absolute path of a file that holds it, on the I/O host. */
  | { readonly file: string }
  /** Name under which the driver's key manager has it: for Cinder the volume's `encryption_key_id`. */
  | { readonly keyManagerId: string };

/**
 * Keeps what was read on the I/O host, and reads it from there again. Writes go through to the storage. Nearest to the
 * backend, and not for encrypted volumes. Discards don't reach the storage.
 */
export interface CopyOnReadInterposer {
  readonly kind: 'copy-on-read';
}

/** Writes each write, discard and flush into a log on the I/O host, with its data. */
export interface AuditInterposer {
  readonly kind: 'audit';
}

/** A stage between backend and export. In a list the first is nearest to the backend. */
export type Interposer = ThrottleInterposer | LuksInterposer | CopyOnReadInterposer | AuditInterposer;

/** Where drivers get keys from that aren't in files: OpenStack's Barbican, Vault, … */
export interface KeyManager {
  /**
   * The passphrase, as bytes. Must not be logged; the driver forgets it once the volume is open.
   * @throws what it likes; the driver's verb then fails with `backend_failed`
   */
  secret(keyManagerId: string, options: { readonly signal: AbortSignal }): Promise<Uint8Array>;
}
