import { useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../../components/icon.tsx';
import { Name, shown } from '../../components/name.tsx';
import { useKeys } from '../../keys.ts';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { type Meaning, meaningsOf } from './recognise.ts';
import { useSuggestions, useWords } from './suggestions.ts';

const texts = strings.sessions;

export interface SearchBoxProps {
  /** Only suggestions of this realm. */
  readonly realm: string | undefined;
  readonly onChoose: (meaning: Meaning) => void;
}

/** The search: suggests while somebody writes; the pattern "combobox" of the ARIA authoring practices. */
export function SearchBox({ realm, onChoose }: SearchBoxProps) {
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const wanted = text.trim();
  const found = useSuggestions(wanted, realm);
  const words = useWords(wanted !== '', realm);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const meanings = meaningsOf(text, { found, words }, realm === undefined && me.value?.realm === null);
  const at = Math.min(active, meanings.length - 1);
  useKeys(
    { '/': () => input.current?.focus() },
    { scope: texts.keys.scope, help: { '/': texts.keys.search } },
  );
  const choose = (meaning: Meaning | undefined): void => {
    if (meaning === undefined) return;
    setText('');
    setOpen(false);
    onChoose(meaning);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') setActive(isOpen ? (at + 1) % Math.max(1, meanings.length) : at);
    else if (event.key === 'ArrowUp') setActive(at <= 0 ? meanings.length - 1 : at - 1);
    else if (event.key === 'Enter') choose(meanings[at]);
    else if (event.key === 'Escape' && text !== '') setText('');
    else if (event.key === 'Escape') input.current?.blur();
    else return;
    setOpen(event.key.startsWith('Arrow'));
    event.preventDefault();
  };
  return (
    <div class="session-search">
      <label for={id} class="unseen">
        {texts.search}
      </label>
      <Icon name="search" />
      <input
        id={id}
        ref={input}
        type="search"
        list={undefined}
        // biome-ignore lint/a11y/noRedundantRoles: the list is not one of the browser's, so nothing implies the role.
        role="combobox"
        autoComplete="off"
        spellcheck={false}
        placeholder={texts.searchPlaceholder}
        value={text}
        aria-expanded={isOpen && meanings.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && meanings.length > 0 ? `${id}-${at}` : undefined}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <span class="session-search-key" aria-hidden="true">
        /
      </span>
      <div
        id={`${id}-list`}
        class="suggestions"
        role="listbox"
        aria-label={texts.suggestions}
        hidden={!isOpen || meanings.length === 0}
      >
        {meanings.map((meaning, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field keeps the focus and takes the keys.
          <div
            key={`${meaning.kind} ${meaning.value} ${meaning.known?.realm ?? ''}`}
            id={`${id}-${index}`}
            class="suggestion"
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            // The field must not lose the focus before the click arrives.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(meaning)}
          >
            <span class="suggestion-kind">{texts.meaning[meaning.kind]}</span>
            <span class="suggestion-value">
              <Name text={meaning.value} />
            </span>
            <span class="suggestion-note">{noteOf(meaning)}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** In which realms it is meant, and how many are live there. */
function noteOf({ kind, realm, known, isEverywhere }: Meaning): string {
  if (isEverywhere) return texts.everywhere;
  if (known === undefined) return kind === 'user' ? texts.exactly : '';
  const there = texts.liveThere(shown(known.realm), known.live);
  return realm === undefined ? there : texts.onlyIn(there);
}
