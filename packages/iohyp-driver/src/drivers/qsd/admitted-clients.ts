import { ClientCertificates } from './client-certificates.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { ResolvedOptions } from './options.ts';
import { PreSharedKeys } from './pre-shared-keys.ts';
import type { Session } from './session.ts';

/** Who may connect to a daemon. A change counts from the next connection on. */
export interface AdmittedClients {
  identities(): Promise<readonly string[]>;
  put(identity: string, secretHex: string): Promise<void>;
  delete(identities: readonly string[]): Promise<void>;
}

/** What a daemon finds when it starts: nobody may connect yet. */
export async function createAdmittedClients(options: ResolvedOptions, directory: InstanceDirectory): Promise<void> {
  if (options.certificates === undefined) {
    await new PreSharedKeys(directory).create();
  } else {
    await new ClientCertificates(directory, undefined).create(options.certificates);
  }
}

/**
 * Of a daemon that is there already: what it was started with, whatever is configured by now.
 * @param daemon - undefined when none runs
 */
export async function admittedClients(
  directory: InstanceDirectory,
  daemon: Session | undefined,
): Promise<AdmittedClients> {
  const certificates = new ClientCertificates(directory, daemon);
  return (await certificates.areUsed()) ? certificates : new PreSharedKeys(directory);
}
