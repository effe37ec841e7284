import type { Selector } from '../api.ts';
import { Chip } from '../components/chip.tsx';
import { Name } from '../components/name.tsx';
import { conditionsOf } from './selector-words.ts';
import './selector-chips.css';

/** A selector, a chip for each condition. */
export function SelectorChips({ selector }: { selector: Selector }) {
  return (
    <span class="selector-chips">
      {conditionsOf(selector).map(({ what, which }) => (
        <Chip key={`${what} ${which}`}>
          {what}
          {which === '' ? null : (
            <>
              {' '}
              <span class="selector-which">
                <Name text={which} />
              </span>
            </>
          )}
        </Chip>
      ))}
    </span>
  );
}
