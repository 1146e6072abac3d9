import type { BackendSettings, PreparedBackend } from './backend.ts';
import { releaseNvmeof } from './nvmeof/nvmeof-connections.ts';

/** The backend as it can be opened: connected by the kernel, where it takes that. Asked again, it changes nothing. */
export async function connectStorage(
  backend: PreparedBackend,
  attachmentId: string,
  signal: AbortSignal,
): Promise<PreparedBackend> {
  return backend.connect === undefined ? backend : backend.connect(attachmentId, signal);
}

/** Undoes what {@link connectStorage} did for an attachment, of whatever backend. Nothing happens when there is nothing. */
export async function disconnectStorage(settings: BackendSettings, attachmentId: string): Promise<void> {
  if (settings.nvmeof !== undefined) {
    await releaseNvmeof(settings.nvmeof, attachmentId);
  }
}
