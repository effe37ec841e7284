import { signal } from '@preact/signals';
import { Fragment } from 'preact';
import { Dialog } from '../components/dialog.tsx';
import { Checkbox } from '../components/field.tsx';
import { boundKeys, keysOn, switchKeys } from '../keys.ts';
import { strings } from '../strings.ts';

export const isHelpOpen = signal(false);

/** How keys are written for people. */
const keyNames: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  ' ': 'Space',
  Escape: 'Esc',
};

/** Every key that is bound where the person is, and what it does. */
export function Help() {
  if (!isHelpOpen.value) return null;
  const texts = strings.shell;
  const scopes = new Map<string, Map<string, string>>();
  for (const { scope, help } of boundKeys.value) {
    const known = scopes.get(scope) ?? new Map<string, string>();
    scopes.set(scope, known);
    for (const [key, what] of Object.entries(help)) known.set(key, what);
  }
  return (
    <Dialog
      title={texts.helpTitle}
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <p>{texts.helpLead}</p>
      {[...scopes].map(([scope, keys]) =>
        keys.size === 0 ? null : (
          <section key={scope} class="help-scope">
            <h3>{scope}</h3>
            <dl class="help-keys">
              {[...keys].map(([key, what]) => (
                <Fragment key={key}>
                  <dt>
                    {key.split(/(?<=.) (?=.)/).map((part) => (
                      <kbd key={part}>{keyNames[part] ?? part}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ),
      )}
      <Checkbox label={texts.keysOn} hint={texts.keysOnHint} checked={keysOn.value} onChange={switchKeys} />
      <section class="help-scope">
        <h3>{texts.documents}</h3>
        <a href="/docs" target="_blank" rel="noreferrer">
          {texts.guide}
        </a>
      </section>
    </Dialog>
  );
}
