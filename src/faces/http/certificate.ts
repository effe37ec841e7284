import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { CurfewError } from '../../core/errors.ts';

/** A certificate chain and its private key, both in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const day = 86_400_000;
/** Renewed so early that a server which runs for weeks does not serve one that has expired meanwhile. */
const renewBeforeMs = 30 * day;
const lifetimeMs = 365 * day;

/**
 * The self-signed certificate of a folder; made if there is none, or anew when it is about to expire.
 * @throws CurfewError `config_invalid` when the folder cannot be written
 */
export async function selfSignedCertificate(folder: string, now: number): Promise<Certificate> {
  const certPath = join(folder, 'cert.pem');
  const keyPath = join(folder, 'key.pem');
  const kept = keptCertificate(certPath, keyPath);
  if (kept !== undefined && Date.parse(new X509Certificate(kept.cert).validTo) - now > renewBeforeMs)
    return kept;
  const made = await makeCertificate(now);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeWhole(keyPath, made.key);
    writeWhole(certPath, made.cert);
  } catch (error) {
    throw new CurfewError(
      'config_invalid',
      `tls: the certificate cannot be written to ${folder}: ${(error as Error).message}`,
    );
  }
  return made;
}

/** The certificate and key in files that somebody else keeps. @throws CurfewError `config_invalid` */
export function certificateOf(certPath: string, keyPath: string): Certificate {
  return { cert: readPem(certPath, 'tlsCert'), key: readPem(keyPath, 'tlsKey') };
}

function readPem(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CurfewError('config_invalid', `${setting}: ${path} cannot be read (${code ?? 'unknown'}).`);
  }
}

function keptCertificate(certPath: string, keyPath: string): Certificate | undefined {
  if (!existsSync(certPath) || !existsSync(keyPath)) return undefined;
  const kept = { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  try {
    new X509Certificate(kept.cert);
    return kept;
  } catch {
    return undefined;
  }
}

async function makeCertificate(now: number): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'Curfew (self-signed)' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + lifetimeMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          ...(hostname() === 'localhost' ? [] : [{ type: 2 as const, value: hostname() }]),
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** A file has its name only when it is whole, and nobody else may read it. */
function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.part`, content, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}
