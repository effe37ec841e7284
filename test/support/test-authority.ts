import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realPart } from './real-parts.ts';

/** A certificate and its key, as files. */
export interface IssuedCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** A certificate authority of a test, made by openssl. */
export interface TestAuthority {
  /** Its own certificate, in PEM. */
  readonly pem: string;
  readonly file: string;
  /** Issues a certificate for names such as `IP:127.0.0.1` or `DNS:localhost`; its files lie in the directory. */
  issue(directory: string, names: readonly string[]): IssuedCertificate;
}

/** Makes an authority whose files lie in a directory. */
export function makeTestAuthority(directory: string, name = 'an authority of the tests'): TestAuthority {
  const openssl = (...args: readonly string[]): void => {
    execFileSync(realPart('openssl').path, args, { cwd: directory, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const file = join(directory, 'authority.pem');
  const key = join(directory, 'authority.key');
  openssl('req', '-x509', ...newKey, '-keyout', key, '-out', file, '-days', '2', '-subj', `/CN=${name}`);
  return {
    pem: readFileSync(file, 'utf8'),
    file,
    issue(into, names) {
      const place = (ending: string): string => join(into, `server.${ending}`);
      const [request, extensions] = [place('csr'), place('ext')];
      const certificate = { certificateFile: place('pem'), keyFile: place('key') };
      writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`);
      openssl(
        'req',
        ...newKey,
        '-keyout',
        certificate.keyFile,
        '-out',
        request,
        '-subj',
        '/CN=a server of the tests',
      );
      openssl(
        ...['x509', '-req', '-in', request, '-CA', file, '-CAkey', key, '-CAcreateserial', '-days', '2'],
        ...['-extfile', extensions, '-out', certificate.certificateFile],
      );
      return certificate;
    },
  };
}
