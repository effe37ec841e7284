import { call } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Empty } from '../../components/empty.tsx';
import { Name } from '../../components/name.tsx';
import { toast } from '../../components/toast.tsx';
import { formatDuration } from '../../format.ts';
import { may, me } from '../../me.ts';
import { strings } from '../../strings.ts';
import { FormDialog } from './form-dialog.tsx';
import { useLoaded } from './loaded.ts';
import { useOpened } from './opened.ts';
import { PartTable, PartView } from './part-view.tsx';
import { PolicyChanges } from './policy-changes.tsx';
import { PolicyForm } from './policy-form.tsx';
import { limitText, type PlacedRule, type Scope, scopeText, timeText } from './policy-values.ts';

const texts = strings.policy;
const general = strings.administration;

type Opened =
  | { readonly doing: 'add' }
  | { readonly doing: 'change' | 'remove'; readonly placed: PlacedRule };

/** The limits of sessions. */
export function Policy() {
  const loaded = useLoaded((options) => call('policy.list', {}, options), ['policy.']);
  const { opened, open, close, done } = useOpened<Opened>(loaded.reload);
  const mayWrite = may('policy.write');
  const found = loaded.value;
  const { idleTimeoutMs, lifespanMs } = found?.builtIn ?? {};
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => open({ doing: 'add' })}
      loaded={loaded}
    >
      {found?.rules.length === 0 ? (
        <Empty title={texts.none}>
          {texts.noneTeach(formatDuration(idleTimeoutMs ?? 0), formatDuration(lifespanMs ?? 0))}
        </Empty>
      ) : null}
      {found === undefined || found.rules.length === 0 ? null : (
        <PartTable
          label={texts.title}
          columns={[
            texts.scope,
            texts.limits.idleTimeoutMs,
            texts.limits.lifespanMs,
            texts.limits.sessionLimit,
            '',
          ]}
        >
          {found.rules.map((placed) => (
            <tr key={JSON.stringify(placed.scope)}>
              <th scope="row">
                <Name text={scopeText(placed.scope)} />
              </th>
              <td data-title={texts.limits.idleTimeoutMs}>{timeText(placed.rule.idleTimeoutMs)}</td>
              <td data-title={texts.limits.lifespanMs}>{timeText(placed.rule.lifespanMs)}</td>
              <td data-title={texts.limits.sessionLimit}>{limitText(placed.rule.sessionLimit)}</td>
              <td class="end">
                {mayWrite && isWithinReach(placed.scope) ? (
                  <span class="chips">
                    <Button
                      size="small"
                      label={texts.ofRule(general.change, scopeText(placed.scope))}
                      onClick={() => open({ doing: 'change', placed })}
                    >
                      {general.change}
                    </Button>
                    <Button
                      size="small"
                      label={texts.ofRule(general.remove, scopeText(placed.scope))}
                      onClick={() => open({ doing: 'remove', placed })}
                    >
                      {general.remove}
                    </Button>
                  </span>
                ) : null}
              </td>
            </tr>
          ))}
        </PartTable>
      )}
      {found !== undefined && opened !== undefined && opened.doing !== 'remove' ? (
        <PolicyForm
          presets={found.presets}
          placed={opened.doing === 'change' ? opened.placed : undefined}
          onClose={close}
          onDone={done}
        />
      ) : null}
      {opened?.doing === 'remove' ? (
        <RemoveRule scope={opened.placed.scope} onClose={close} onDone={done} />
      ) : null}
    </PartView>
  );
}

/** Those bound to a realm see the rule of all realms too, and change their own only. */
function isWithinReach(scope: Scope): boolean {
  const border = me.value?.realm;
  return border === null || (scope.kind !== 'default' && scope.realm === border);
}

function RemoveRule({
  scope,
  onClose,
  onDone,
}: {
  scope: Scope;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const where = scopeText(scope);
  return (
    <FormDialog
      title={texts.removeTitle(where)}
      submit={general.remove}
      onClose={onClose}
      onSubmit={async () => {
        await call('policy.delete', { scope });
        toast(texts.removed(where));
        await onDone();
      }}
    >
      {() => <PolicyChanges input={{ scope, remove: true }} />}
    </FormDialog>
  );
}
