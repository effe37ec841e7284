import type { Refusal } from './store.ts';

const mostPending = 10_000;

/** Uses of ended sessions that were refused, gathered per session and address until they are written. */
export class Refusals {
  readonly #pending = new Map<string, Refusal>();
  readonly #write: (refusals: readonly Refusal[]) => Promise<void>;

  constructor(write: (refusals: readonly Refusal[]) => Promise<void>) {
    this.#write = write;
  }

  /** Notes one refused use. When very many sessions are tried at once, new ones wait for the next write. */
  note(sessionNumber: number, ip: string | undefined, now: number): void {
    const address = ip ?? '';
    const key = `${sessionNumber} ${address}`;
    const known = this.#pending.get(key);
    if (known === undefined && this.#pending.size >= mostPending) return;
    this.#pending.set(key, {
      number: sessionNumber,
      ip: address,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? now,
      lastAt: now,
    });
  }

  /** Writes what was gathered; if that fails it is kept for the next time. */
  async flush(): Promise<void> {
    if (this.#pending.size === 0) return;
    const batch = [...this.#pending.values()];
    this.#pending.clear();
    try {
      await this.#write(batch);
    } catch (error) {
      for (const refusal of batch) this.#keep(refusal);
      throw error;
    }
  }

  #keep(refusal: Refusal): void {
    const key = `${refusal.number} ${refusal.ip}`;
    const newer = this.#pending.get(key);
    this.#pending.set(key, {
      ...refusal,
      count: refusal.count + (newer?.count ?? 0),
      lastAt: newer?.lastAt ?? refusal.lastAt,
    });
  }
}
