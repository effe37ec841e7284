import type { Selector } from '../api.ts';
import { Chip } from '../components/chip.tsx';
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
              <bdi class="selector-which">{which}</bdi>
            </>
          )}
        </Chip>
      ))}
    </span>
  );
}
