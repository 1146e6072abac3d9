import { CommandError } from '../command-error.ts';
import type { SshOptions } from './ssh-options.ts';

/** The line that `ssh-keygen -s` writes: PROTOCOL.certkeys of OpenSSH. */
const CERTIFICATE = /^\s*\S+-cert-v\d+@openssh\.com\s/;

/**
 * Refuses at once what could never log in.
 * @throws {CommandError} `authentication_failed`; the message holds no key
 */
export function checkAuthentication({ host, authentication }: SshOptions): void {
  const agent: unknown = Reflect.get(authentication, 'agentSocket');
  const key: unknown = Reflect.get(authentication, 'privateKey');
  const certificate = typeof key === 'string' && CERTIFICATE.test(key);
  if (certificate || Object.hasOwn(authentication, 'certificate')) {
    const text = 'a certificate is given, and ssh2 knows none';
    throw new CommandError('authentication_failed', `no way into ${host}: ${text}; ${SUPPORTED}`);
  }
  if (!(typeof agent === 'string' && agent !== '') && !(typeof key === 'string' && key !== '')) {
    throw new CommandError(
      'authentication_failed',
      `no way into ${host}: neither key nor agent is given; ${SUPPORTED}`,
    );
  }
}

const SUPPORTED =
  'give privateKey (in OpenSSH or PEM form) or agentSocket, and add the public key to authorized_keys of that machine';
