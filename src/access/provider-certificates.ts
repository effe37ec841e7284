import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const day = 86_400_000;
/** Ten years: an identity provider trusts exactly this certificate, and replacing it breaks that trust until it is told. */
const lifetimeMs = 3650 * day;

/**
 * The certificates by which identity providers know the service provider. The private keys stand in files that nobody
 * else may read, never in the store, which is backed up and read by many.
 */
export class ProviderCertificates {
  readonly #directory: string;

  /** @param directory made when the first key is */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes a key and its self-signed certificate, given in PEM. The key is found by the certificate. */
  async make(name: string, now: number): Promise<string> {
    const made = await generate([{ name: 'commonName', value: `Curfew for ${name}`.slice(0, 64) }], {
      keyType: 'rsa',
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(now - day),
      notAfterDate: new Date(now + lifetimeMs),
      extensions: [{ name: 'basicConstraints', cA: false, critical: true }],
    });
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(made.cert);
    await writeFile(`${path}.part`, made.private, { mode: 0o600 });
    await rename(`${path}.part`, path);
    return made.cert;
  }

  /** The private key of a certificate in PEM, or undefined if it is not on this machine. */
  async keyOf(certificate: string): Promise<string | undefined> {
    return readFile(this.#pathOf(certificate), 'utf8').catch(() => undefined);
  }

  /** Deletes the key of a certificate that is no longer in use. */
  async remove(certificate: string): Promise<void> {
    await rm(this.#pathOf(certificate), { force: true });
  }

  #pathOf(certificate: string): string {
    const { fingerprint256 } = new X509Certificate(certificate);
    return join(this.#directory, `${fingerprint256.replaceAll(':', '').slice(0, 32).toLowerCase()}.pem`);
  }
}
