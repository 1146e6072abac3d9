import { Client, type ConnectConfig } from 'ssh2';
import { CommandError } from '../command-error.ts';
import { hostKeyCheck } from './host-key-check.ts';
import type { SshOptions } from './ssh-options.ts';

/**
 * One attempt to connect.
 * @throws {CommandError} `connect_failed`, `host_key_refused`, `authentication_failed`
 */
export async function connect(options: SshOptions, signal: AbortSignal): Promise<Client> {
  const check = await hostKeyCheck(options);
  const where = `${options.username}@${options.host} port ${options.port ?? 22}`;
  const client = new Client();
  let refusal: string | undefined;
  return new Promise((resolve, reject) => {
    const fail = (error: CommandError): void => {
      signal.removeEventListener('abort', onAbort);
      client.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(new CommandError('aborted', `connecting to ${where} was aborted`));
    signal.addEventListener('abort', onAbort, { once: true });
    client.once('ready', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(client);
    });
    // Stays: an error without a listener would end the process. What it means for programs under way, their channels tell.
    client.on('error', (cause) => fail(connectError(where, refusal, cause)));
    client.once('close', () => fail(new CommandError('connect_failed', `${where} closed the connection at once`)));
    try {
      client.connect({
        ...settings(options),
        ...(check.algorithms === undefined ? {} : { algorithms: { serverHostKey: check.algorithms } }),
        hostVerifier: (key: Buffer) => {
          refusal = check.refusal(key);
          return refusal === undefined;
        },
      });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      fail(new CommandError('authentication_failed', `the private key for ${where} can't be used: ${why}`, { cause }));
    }
  });
}

function settings(options: SshOptions): ConnectConfig {
  const { authentication } = options;
  return {
    host: options.host,
    port: options.port ?? 22,
    username: options.username,
    readyTimeout: options.connectTimeoutMs ?? 10_000,
    keepaliveInterval: options.keepaliveIntervalMs ?? 5_000,
    keepaliveCountMax: options.keepaliveCountMax ?? 3,
    ...('agentSocket' in authentication
      ? { agent: authentication.agentSocket }
      : {
          privateKey: authentication.privateKey,
          ...(authentication.passphrase === undefined ? {} : { passphrase: authentication.passphrase }),
        }),
  };
}

function connectError(where: string, refusal: string | undefined, cause: Error): CommandError {
  if (refusal !== undefined) {
    return new CommandError('host_key_refused', `not connected to ${where}: ${refusal}`, { cause });
  }
  const level: unknown = Reflect.get(cause, 'level');
  if (level === 'client-authentication' || level === 'agent') {
    return new CommandError(
      'authentication_failed',
      `${where} does not let us in: ${cause.message}; is our public key in its authorized_keys? Certificates are not used`,
      { cause },
    );
  }
  return new CommandError('connect_failed', `no connection to ${where}: ${cause.message}`, { cause });
}
