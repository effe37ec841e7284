import { CurfewError } from '../../core/errors.ts';
import type { Ask } from './connection.ts';
import type { Lineage } from './lineage.ts';
import { demandNotMoved } from './movable.ts';

/** What a connection must lead to before it is used: the history that this node has followed, and data that is still here. */
export class Admission {
  readonly #where: string;
  readonly #lineage: Lineage;
  readonly #evenIfMoved: boolean;
  /** Before the store is open there may be no schema yet. */
  #isOpen = false;

  constructor(where: string, lineage: Lineage, { evenIfMoved = false }: { readonly evenIfMoved?: boolean }) {
    this.#where = where;
    this.#lineage = lineage;
    this.#evenIfMoved = evenIfMoved;
  }

  /** To be asked when there is a schema. @throws CurfewError `conflict` when the data has moved elsewhere */
  async open(ask: Ask): Promise<void> {
    if (!this.#evenIfMoved) await demandNotMoved(ask, this.#where);
    this.#isOpen = true;
  }

  /** To be asked of every new connection. @throws CurfewError `store_unavailable` */
  async admit(ask: Ask): Promise<void> {
    await this.demandHere(ask);
    await this.#lineage.admit(ask);
  }

  /**
   * A server that was cut off while the data moved away, and comes back, must answer nobody by what was left behind.
   * @throws CurfewError `store_unavailable`
   */
  async demandHere(ask: Ask): Promise<void> {
    if (!this.#isOpen || this.#evenIfMoved) return;
    try {
      await demandNotMoved(ask, this.#where);
    } catch (error) {
      if (!(error instanceof CurfewError) || error.code !== 'conflict') throw error;
      throw new CurfewError('store_unavailable', error.message, {}, { cause: error });
    }
  }
}
