import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate for 127.0.0.1 that nobody has signed, and its key: made in `directory`, as PEM. */
export function makeCertificate(directory: string): {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
} {
  const keyFile = join(directory, 'key.pem');
  const certFile = join(directory, 'cert.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...make, '-keyout', keyFile, '-out', certFile, ...subject], { stdio: 'ignore' });
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8'), certFile };
}
