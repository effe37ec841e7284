import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary, useState } from 'preact/hooks';
import { Button } from '../components/button.tsx';
import { Empty } from '../components/empty.tsx';
import { Failure } from '../components/failure.tsx';
import { go } from '../location.ts';
import type { Page } from '../pages.ts';
import { strings } from '../strings.ts';

/** What has been fetched, so that a view is there at once the second time. */
const fetched = new Map<string, ComponentType>();

/** Shows a view, fetching it first where need be. */
export function PageView({ page }: { page: Page }) {
  const [, setCount] = useState(0);
  const [failed, setFailed] = useState<string | undefined>(undefined);
  const View = fetched.get(page.path);
  useEffect(() => {
    if (fetched.has(page.path)) return undefined;
    let isGone = false;
    page
      .load()
      .then((module) => {
        fetched.set(page.path, module.default);
        if (!isGone) setCount((count) => count + 1);
      })
      .catch(() => {
        if (!isGone) setFailed(page.path);
      });
    return () => {
      isGone = true;
    };
  }, [page]);
  if (failed === page.path) return <OutOfDate />;
  if (View === undefined) return <p class="loading">{strings.shell.loading}</p>;
  return <Guarded key={page.path} view={View} />;
}

/** Keeps what goes wrong in a view within it, so that the rest of the page can still be used. */
function Guarded({ view: View }: { view: ComponentType }) {
  const [error, reset] = useErrorBoundary((thrown) => console.error(thrown));
  if (error !== undefined && error !== null) return <Failure error={error} onRetry={reset} />;
  return <View />;
}

/** After an update of the server the files of the page that is open are gone. */
function OutOfDate() {
  return (
    <Empty
      isWhole
      title={strings.failure.title}
      action={
        <Button kind="primary" onClick={() => location.reload()}>
          {strings.failure.reload}
        </Button>
      }
    >
      {strings.failure.chunk}
    </Empty>
  );
}

/** Stands where there is no view, or none that the person may see. */
export function NoPage({ isForbidden = false }: { isForbidden?: boolean }) {
  const { notAllowed, notAllowedText, notFound, notFoundText, toStart } = strings.shell;
  return (
    <Empty
      isWhole
      title={isForbidden ? notAllowed : notFound}
      action={<Button onClick={() => go('/')}>{toStart}</Button>}
    >
      {isForbidden ? notAllowedText : notFoundText}
    </Empty>
  );
}
