import { CurfewError } from '../../core/errors.ts';
import type { Sealer } from '../../core/sealing.ts';
import type { StoredSession } from '../../session/store.ts';

const purpose = 'form';

/** Marks the forms of a session's pages, so that no other page can make one that is taken for it. */
export class FormSeal {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  /** The mark of a session's forms. */
  of({ id }: Pick<StoredSession, 'id'>): string {
    return this.#sealer.seal(`${purpose} ${id}`);
  }

  /** @throws CurfewError `forbidden` when a form bears no mark of this session */
  demand(mark: string, { id }: Pick<StoredSession, 'id'>): void {
    if (this.#sealer.open(mark) === `${purpose} ${id}`) return;
    throw new CurfewError('forbidden', 'This form belongs to a page of another session; reload the page.');
  }
}
