import { X509Certificate } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { Sealer } from '../core/sealing.ts';

const day = 86_400_000;
/** Ten years: an identity provider trusts exactly this certificate, and replacing it breaks that trust until it is told. */
const lifetimeMs = 3650 * day;

/** A certificate, and its private key sealed, to be kept together. */
export interface MadeCertificate {
  /** In PEM. */
  readonly certificate: string;
  readonly sealedKey: string;
}

/**
 * The certificates by which identity providers know the service provider. The private keys are kept with what they are
 * for, sealed, so that every server on one store signs with them, and neither the store nor a backup gives them away.
 */
export class ProviderCertificates {
  readonly #directory: string;
  readonly #sealer: Sealer;

  /** @param directory where keys lie that were made before they were kept in the store */
  constructor(directory: string, sealer: Sealer) {
    this.#directory = directory;
    this.#sealer = sealer;
  }

  /** Makes a key and its self-signed certificate. */
  async make(name: string, now: number): Promise<MadeCertificate> {
    const made = await generate([{ name: 'commonName', value: `Curfew for ${name}`.slice(0, 64) }], {
      keyType: 'rsa',
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(now - day),
      notAfterDate: new Date(now + lifetimeMs),
      extensions: [{ name: 'basicConstraints', cA: false, critical: true }],
    });
    return { certificate: made.cert, sealedKey: this.#sealer.seal(made.private) };
  }

  /** The private key of a certificate in PEM; undefined if it was sealed with another secret key, or is nowhere. */
  async keyOf(certificate: string, sealedKey: string | undefined): Promise<string | undefined> {
    if (sealedKey !== undefined) return this.#sealer.open(sealedKey);
    return readFile(this.#pathOf(certificate), 'utf8').catch(() => undefined);
  }

  /** Deletes the file of a key that is no longer in use, where there is one. */
  async remove(certificate: string): Promise<void> {
    await rm(this.#pathOf(certificate), { force: true });
  }

  #pathOf(certificate: string): string {
    const { fingerprint256 } = new X509Certificate(certificate);
    return join(this.#directory, `${fingerprint256.replaceAll(':', '').slice(0, 32).toLowerCase()}.pem`);
  }
}
