import { call } from '../../api.ts';
import { Button } from '../../components/button.tsx';
import { Chip } from '../../components/chip.tsx';
import { Empty } from '../../components/empty.tsx';
import { Menu } from '../../components/menu.tsx';
import { Name, shown } from '../../components/name.tsx';
import { toast } from '../../components/toast.tsx';
import { formatCount } from '../../format.ts';
import { may } from '../../me.ts';
import { strings } from '../../strings.ts';
import { FormDialog } from './form-dialog.tsx';
import { EndsText } from './live-count.tsx';
import { useLoaded } from './loaded.ts';
import { useOpened } from './opened.ts';
import { PartTable, PartView } from './part-view.tsx';
import { ProviderForm } from './provider-form.tsx';
import { ProviderTest } from './provider-test.tsx';
import type { Provider } from './provider-values.ts';

const texts = strings.providers;
const general = strings.administration;

type Opened =
  | { readonly doing: 'add' }
  | { readonly doing: 'change' | 'test' | 'disable' | 'remove'; readonly provider: Provider };

/** The ways in which users sign in. */
export function Providers() {
  const loaded = useLoaded(
    async (options) => {
      const [{ providers }, { types }] = await Promise.all([
        call('providers.list', {}, options),
        call('providers.types', {}, options),
      ]);
      return { providers, types };
    },
    ['provider.', 'identity_provider.'],
  );
  const { opened, open, close, done, doAtOnce } = useOpened<Opened>(loaded.reload);
  const enable = ({ id, name }: Provider): Promise<void> =>
    doAtOnce(() => call('providers.enable', { id }), texts.enabledDone(name));
  const mayWrite = may('providers.write');
  const found = loaded.value;
  const realms = [...new Set(found?.providers.map(({ realm }) => realm))].sort();
  return (
    <PartView
      title={texts.title}
      lead={texts.lead}
      add={mayWrite ? texts.add : undefined}
      onAdd={() => open({ doing: 'add' })}
      loaded={loaded}
    >
      {found?.providers.length === 0 ? <Empty title={texts.none} /> : null}
      {realms.map((realm) => (
        <section key={realm}>
          <h2 class="part-section">{texts.ofRealm(shown(realm))}</h2>
          <PartTable
            label={texts.listOf(realm)}
            columns={[texts.name, texts.heading, texts.type, texts.state, texts.version, texts.source, '']}
          >
            {found?.providers
              .filter((provider) => provider.realm === realm)
              .map((provider) => (
                <tr key={provider.id}>
                  <th scope="row">
                    <Name text={provider.name} />
                  </th>
                  <td data-title={texts.heading}>
                    <Name text={provider.title} />
                  </td>
                  <td data-title={texts.type}>{provider.type}</td>
                  <td data-title={texts.state}>
                    {provider.enabled ? texts.enabled : <Chip tone="warning">{texts.disabled}</Chip>}
                  </td>
                  <td data-title={texts.version}>{formatCount(provider.configVersion)}</td>
                  <td data-title={texts.source}>{texts.sources[provider.source] ?? provider.source}</td>
                  <td class="end">
                    {mayWrite ? (
                      <ProviderActions
                        provider={provider}
                        onOpen={open}
                        onEnable={() => void enable(provider)}
                      />
                    ) : null}
                  </td>
                </tr>
              ))}
          </PartTable>
        </section>
      ))}
      {found !== undefined && opened?.doing === 'add' ? (
        <ProviderForm types={found.types} provider={undefined} onClose={close} onDone={done} />
      ) : null}
      {found !== undefined && opened?.doing === 'change' ? (
        <ProviderForm types={found.types} provider={opened.provider} onClose={close} onDone={done} />
      ) : null}
      {opened?.doing === 'test' ? <ProviderTest provider={opened.provider} onClose={close} /> : null}
      {opened?.doing === 'disable' || opened?.doing === 'remove' ? (
        <EndingProvider act={opened.doing} provider={opened.provider} onClose={close} onDone={done} />
      ) : null}
    </PartView>
  );
}

function ProviderActions({
  provider,
  onOpen,
  onEnable,
}: {
  provider: Provider;
  onOpen: (opened: Opened) => void;
  onEnable: () => void;
}) {
  // What is set up elsewhere is changed and removed there, and may be disabled here all the same.
  const isOwn = provider.source === 'api';
  const items = [
    ...(isOwn ? [{ label: general.change, onSelect: () => onOpen({ doing: 'change', provider }) }] : []),
    ...(provider.enabled
      ? [{ label: texts.disable, danger: true, onSelect: () => onOpen({ doing: 'disable', provider }) }]
      : [{ label: texts.enable, onSelect: onEnable }]),
    ...(isOwn
      ? [{ label: general.remove, danger: true, onSelect: () => onOpen({ doing: 'remove', provider }) }]
      : []),
  ];
  return (
    <span class="chips">
      <Button
        size="small"
        label={texts.testOf(provider.name)}
        onClick={() => onOpen({ doing: 'test', provider })}
      >
        {texts.test}
      </Button>
      <Menu label={general.actions(provider.name)} icon="more" items={items} />
    </span>
  );
}

function EndingProvider({
  act,
  provider,
  onClose,
  onDone,
}: {
  act: 'disable' | 'remove';
  provider: Provider;
  onClose: () => void;
  onDone: () => Promise<void>;
}) {
  const { id, realm, type, name } = provider;
  const isRemoval = act === 'remove';
  const run = async (): Promise<void> => {
    const { terminated } = await call(isRemoval ? 'providers.delete' : 'providers.disable', { id });
    const said = isRemoval ? texts.removed(name) : texts.disabledDone(name);
    toast(`${said} ${general.ended(formatCount(terminated))}`);
    await onDone();
  };
  return (
    <FormDialog
      title={isRemoval ? texts.removeTitle(name) : texts.disableTitle(name)}
      submit={isRemoval ? general.remove : texts.disable}
      kind="danger"
      onSubmit={run}
      onClose={onClose}
    >
      {() => (
        <>
          <p>{isRemoval ? texts.removeText : texts.disableText}</p>
          <EndsText which={{ realm, provider: { type, name } }} />
        </>
      )}
    </FormDialog>
  );
}
