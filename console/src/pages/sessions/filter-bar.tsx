import { useEffect, useId, useState } from 'preact/hooks';
import { call, type Outputs } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name } from '../../components/name.tsx';
import { Select } from '../../components/select.tsx';
import { formatTime, formatUtc } from '../../format.ts';
import { me } from '../../me.ts';
import { strings } from '../../strings.ts';
import {
  isNarrowed,
  type State,
  type TextField,
  textFields,
  type View,
  type WindowName,
  widened,
  windows,
} from './view.ts';

const texts = strings.sessions;

/** The fields that are chosen from the words of sessions, or written. */
const choosable = ['realm', 'provider', 'providerType', 'app', 'group', 'user', 'subject', 'ip'] as const;

export interface FilterBarProps {
  readonly view: View;
  readonly onChange: (view: View) => void;
}

/** What narrows the view, as chips that can be taken away, and a way to add more. */
export function FilterBar({ view, onChange }: FilterBarProps) {
  const [choosing, setChoosing] = useState<TextField | undefined>(undefined);
  return (
    <section class="filter-bar" aria-label={texts.filters}>
      <Select
        label={texts.state}
        hideLabel
        value={view.state}
        options={Object.entries(texts.states).map(([value, label]) => ({ value, label }))}
        onChange={(state) => onChange({ ...view, state: state as State })}
      />
      <Menu
        label={texts.addFilter}
        icon="filter"
        text={texts.addFilter}
        items={choosable
          .filter((name) => name !== 'realm' || me.value?.realm === null)
          .map((name) => ({ label: texts.field[name], onSelect: () => setChoosing(name) }))}
      />
      {textFields.map((name) => {
        const value = view[name];
        if (value === undefined) return null;
        const title = texts.field[name];
        return (
          <Chip
            key={name}
            tone="accent"
            name={texts.filter(title, value)}
            onRemove={() => onChange({ ...view, [name]: undefined })}
          >
            <span class="chip-what">{title}</span> <Name text={value} />
          </Chip>
        );
      })}
      {(Object.keys(windows) as WindowName[]).map((name) => (
        <WindowChip key={name} {...{ name, view, onChange }} />
      ))}
      {isNarrowed(view) ? (
        <Button kind="quiet" size="small" onClick={() => onChange(widened(view))}>
          {texts.clear}
        </Button>
      ) : null}
      {choosing === undefined ? null : (
        <Chooser
          field={choosing}
          realm={view.realm}
          onClose={() => setChoosing(undefined)}
          onChoose={(value) => {
            setChoosing(undefined);
            onChange({ ...view, [choosing]: value });
          }}
        />
      )}
    </section>
  );
}

function WindowChip({ name, view, onChange }: FilterBarProps & { name: WindowName }) {
  const [start, end] = windows[name];
  const [from, to] = [view[start], view[end]];
  if (from === undefined && to === undefined) return null;
  const text = (at: string | undefined): string => (at === undefined ? texts.openEnd : formatTime(at));
  const label = texts.window[name](text(from), text(to));
  return (
    <Chip
      tone="accent"
      name={label}
      title={[from, to].map((at) => (at === undefined ? texts.openEnd : formatUtc(at))).join(' – ')}
      onRemove={() => onChange({ ...view, [start]: undefined, [end]: undefined })}
    >
      {label}
    </Chip>
  );
}

interface ChooserProps {
  readonly field: TextField;
  readonly realm: string | undefined;
  readonly onClose: () => void;
  readonly onChoose: (value: string) => void;
}

/** Asks for the one value of a field; offers those that sessions bear. */
function Chooser({ field, realm, onClose, onChoose }: ChooserProps) {
  const [text, setText] = useState('');
  const [words, setWords] = useState<readonly string[] | undefined>(undefined);
  const form = useId();
  // The words of another realm are others.
  useEffect(() => {
    let isGone = false;
    wordsOf(field, realm).then(
      (known) => isGone || setWords(known),
      () => isGone || setWords([]),
    );
    return () => {
      isGone = true;
    };
  }, [field, realm]);
  const wanted = text.trim().toLowerCase();
  const shown = words?.filter((word) => word.toLowerCase().includes(wanted)).slice(0, 50) ?? [];
  const name = texts.field[field];
  return (
    <Dialog
      title={texts.chooseTitle(name)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{strings.components.cancel}</Button>
          <button type="submit" form={form} class="button primary normal" disabled={text.trim() === ''}>
            {texts.choose}
          </button>
        </>
      }
    >
      <form
        id={form}
        class="chooser"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') onChoose(text.trim());
        }}
      >
        <Field
          label={name}
          value={text}
          onInput={setText}
          autoFocus
          autoComplete="off"
          hint={texts.chooseHint}
        />
        {words?.length === 0 && hasWords(field) ? <p class="quiet">{texts.noWords}</p> : null}
        <ul class="chooser-words">
          {shown.map((word) => (
            <li key={word}>
              <button type="button" class="menu-item" onClick={() => onChoose(word)}>
                <Name text={word} />
              </button>
            </li>
          ))}
        </ul>
      </form>
    </Dialog>
  );
}

function hasWords(field: TextField): boolean {
  return !['user', 'subject', 'ip'].includes(field);
}

async function wordsOf(field: TextField, realm: string | undefined): Promise<string[]> {
  if (!hasWords(field)) return [];
  if (field === 'realm') return [...(await call('realms.list')).realms];
  const words = await call('sessions.words', realm === undefined ? {} : { realm });
  return [...new Set(pick(field, words))];
}

function pick(
  field: TextField,
  { providers, apps, accessGroups }: Outputs['sessions.words'],
): readonly string[] {
  switch (field) {
    case 'provider':
      return providers.map(({ name }) => name);
    case 'providerType':
      return providers.map(({ type }) => type);
    case 'app':
      return apps;
    default:
      return accessGroups;
  }
}
