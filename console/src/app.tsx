// The page: which view, which connection, keys, theme.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Route } from './core/route';
import { buildLink, buildsLink } from './core/route';
import { newLink } from './core/state';
import { farmLink, farmPoll } from './live/feeds';
import { remember, remembered, useLink, useRoute } from './live/hooks';
import type { Link } from './live/link';
import { Store, useStore } from './live/store';
import { useKeys } from './parts/use_keys';
import type { Theme } from './parts/shell';
import { Header, Help, LostBar, nextTheme, Problems, Spoken } from './parts/shell';
import { Agents } from './views/agents';
import { Build } from './views/build';
import { Builds } from './views/builds';
import { Cache } from './views/cache';
import { Empty } from './parts/small';
import { SignIn } from './parts/session';

const titles: Record<string, string> = { builds: 'Builds', agents: 'Agents', cache: 'Cache', unknown: 'Not found' };
const titleOf = (route: Route): string =>
  route.view === 'build' ? `${route.job ? `${route.job} · ` : ''}build ${route.build}` : (titles[route.view] ?? '');
const noState = new Store(newLink);

function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = remembered('theme', 'auto');
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    remember('theme', theme);
  }, [theme]);
  return [theme, () => setTheme(nextTheme[theme])];
}

// After a change of view, reading goes on at its headline. Not at the first: the page begins at the top.
function useHeadline(route: Route): void {
  const before = useRef('');
  const place = route.view === 'build' ? `build ${route.build}` : route.view;
  useEffect(() => {
    document.title = `${titleOf(route)} · farm`;
  }, [route]);
  useEffect(() => {
    if (before.current !== '' && before.current !== place && !(route.view === 'build' && route.job)) {
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    }
    before.current = place;
  }, [place]);
}

function View({ route, onLink }: { route: Route; onLink: (link: Link) => void }): JSX.Element {
  switch (route.view) {
    case 'builds':
      return <Builds route={route} />;
    case 'build':
      return <Build key={route.build} number={route.build} job={route.job} onLink={onLink} />;
    case 'agents':
      return <Agents />;
    case 'cache':
      return <Cache onLink={onLink} />;
    case 'unknown':
      return (
        <>
          <h1 tabIndex={-1}>Not found</h1>
          <Empty>
            <p>There is nothing at “{route.path}”.</p>
            <p>
              <a href={buildsLink()}>All builds</a>
            </p>
          </Empty>
        </>
      );
  }
}

export function App(): JSX.Element {
  const route = useRoute();
  const [theme, changeTheme] = useTheme();
  const [help, setHelp] = useState(false);
  const [keysOn, setKeysOn] = useState(remembered('keys', '1') === '1');
  const [own, setOwn] = useState<Link | undefined>();
  useHeadline(route);
  const alone = route.view === 'build' || route.view === 'cache';
  useLink(farmLink, route.view !== 'build' && route.view !== 'cache');
  useLink(farmPoll, alone);
  const shown = alone ? own : farmLink;
  const state = useStore(shown?.state ?? noState);
  const retry = (): void => shown?.retryNow();
  useKeys(keysOn && !help, {
    help: () => setHelp(true),
    theme: changeTheme,
    back: () => {
      if (route.view !== 'build') return;
      location.hash = route.job ? buildLink(route.build) : buildsLink();
    },
  });
  const onKeys = (on: boolean): void => {
    remember('keys', on ? '1' : '0');
    setKeysOn(on);
  };
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('main h1')?.focus();
        }}
      >
        To the content
      </a>
      <Header view={route.view} state={state} retry={retry} theme={theme} onTheme={changeTheme} onHelp={() => setHelp(true)} />
      <main id="main">
        <LostBar state={state} retry={retry} />
        <Problems />
        <View route={route} onLink={setOwn} />
      </main>
      <Spoken />
      <SignIn />
      <Help open={help} onClose={() => setHelp(false)} keysOn={keysOn} onKeys={onKeys} />
    </>
  );
}
