import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCommandRunner } from '../../src/index.ts';

const runner = new LocalCommandRunner();

/** A certificate authority for one test, made by openssl. */
export class CertificateAuthority {
  readonly directory: string;
  #serial = 0;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async create(): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(await mkdtemp(join(tmpdir(), 'iorcl-ca-')));
    const subject = ['-subj', '/CN=storage authority', '-addext', 'basicConstraints=critical,CA:TRUE'];
    const extensions = ['-addext', 'keyUsage=critical,keyCertSign'];
    await authority.#openssl(
      'req',
      '-x509',
      ...newKey(authority.path('ca.key')),
      ...subject,
      ...extensions,
      '-days',
      '2',
      '-out',
      authority.path('ca.pem'),
    );
    return authority;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Files `NAME.pem` and `NAME.key` for this subject, e.g. `/O=Example/CN=host-1`. */
  async issue(name: string, subject: string, subjectAlternativeName?: string): Promise<void> {
    this.#serial += 1;
    const request = this.path(`${name}.csr`);
    const extensions = this.path(`${name}.ext`);
    const alternative = subjectAlternativeName === undefined ? '' : `subjectAltName=${subjectAlternativeName}\n`;
    await writeFile(
      extensions,
      `keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth,clientAuth\n${alternative}`,
    );
    await this.#openssl('req', '-new', ...newKey(this.path(`${name}.key`)), '-subj', subject, '-out', request);
    const signer = ['-CA', this.path('ca.pem'), '-CAkey', this.path('ca.key'), '-set_serial', `${this.#serial}`];
    await this.#openssl(
      'x509',
      '-req',
      '-in',
      request,
      ...signer,
      '-extfile',
      extensions,
      '-days',
      '1',
      '-out',
      this.path(`${name}.pem`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #openssl(...args: string[]): Promise<void> {
    await runner.run({ program: 'openssl', args });
  }
}

function newKey(path: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path];
}
