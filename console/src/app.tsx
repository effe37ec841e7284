import { useLayoutEffect, useRef } from 'preact/hooks';
import { Failure } from './components/failure.tsx';
import { Toasts } from './components/toast.tsx';
import { CutPlace } from './cut/place.tsx';
import { path } from './location.ts';
import { learnMe, may, me, meFailure } from './me.ts';
import SignIn from './pages/sign-in/sign-in.tsx';
import { pageAt } from './pages.ts';
import { ConnectionBanner } from './shell/banner.tsx';
import { useGlobalKeys } from './shell/global-keys.ts';
import { Header } from './shell/header.tsx';
import { Help } from './shell/help.tsx';
import { NoPage, PageView } from './shell/page-view.tsx';
import { SampleMark } from './shell/sample-mark.tsx';
import { SessionEnd } from './shell/session-end.tsx';
import { strings } from './strings.ts';

/** The whole page. */
export function App() {
  if (path.value === '/sign-in') {
    return (
      <>
        <SignIn />
        <Toasts />
      </>
    );
  }
  if (meFailure.value !== undefined) {
    return (
      <main class="alone">
        <h1>{strings.shell.product}</h1>
        <Failure error={meFailure.value} onRetry={() => void learnMe()} />
      </main>
    );
  }
  if (me.value === undefined) {
    return (
      <main class="alone">
        <p class="loading">{strings.shell.loading}</p>
      </main>
    );
  }
  return <Shell />;
}

/** What stands around every view. */
function Shell() {
  const main = useRef<HTMLElement>(null);
  const page = pageAt(path.value);
  const isAllowed = page !== undefined && may(page.permission);
  const title = page?.title ?? strings.shell.notFound;
  const isFirst = useRef(true);
  useGlobalKeys();
  useLayoutEffect(() => {
    document.title = strings.shell.title(title);
    // The first view is where the browser puts the reader anyway; later ones have to be told of.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [title]);
  return (
    <div class="shell">
      <a class="skip" href="#main">
        {strings.shell.skip}
      </a>
      <Header />
      <ConnectionBanner />
      <SessionEnd />
      <SampleMark />
      <main id="main" ref={main} tabIndex={-1}>
        {page === undefined ? <NoPage /> : isAllowed ? <PageView page={page} /> : <NoPage isForbidden />}
      </main>
      <CutPlace />
      <Toasts />
      <Help />
    </div>
  );
}
