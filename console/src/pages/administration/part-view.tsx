import type { ComponentChildren } from 'preact';
import { Button } from '../../components/button.tsx';
import { Failure } from '../../components/failure.tsx';
import { strings } from '../../strings.ts';
import type { Loaded } from './loaded.ts';

export interface PartProps {
  readonly title: string;
  readonly lead: string;
  /** What the button says that adds one; there is none without it. */
  readonly add?: string | undefined;
  readonly onAdd: () => void;
  readonly loaded: Pick<Loaded<unknown>, 'value' | 'error' | 'reload'>;
  /** Stands between the head and the list. */
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What every part of the administration has: a title, a button that adds, and what went wrong with its list. */
export function PartView({ title, lead, add, onAdd, loaded, tools, children }: PartProps) {
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{title}</h1>
          <p class="quiet">{lead}</p>
        </div>
        {add === undefined ? null : (
          <Button kind="primary" icon="plus" onClick={onAdd}>
            {add}
          </Button>
        )}
      </header>
      {tools}
      {loaded.error === undefined ? null : (
        <Failure error={loaded.error} onRetry={() => void loaded.reload()} />
      )}
      {loaded.value === undefined && loaded.error === undefined ? (
        <p class="quiet">{strings.administration.loading}</p>
      ) : null}
      {children}
    </>
  );
}

/** A list as a table that becomes a row of cards where there is little room. */
export function PartTable({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly string[];
  children: ComponentChildren;
}) {
  return (
    <table class="plain-table part-table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((title) => (
            <th key={title} scope="col">
              {title === '' ? <span class="unseen">{strings.components.more}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
