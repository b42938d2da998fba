// What stands around every view: the bar with links, the farm in short, the connection, theme and help.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { count, duration, exactTime } from '../core/format';
import { keyLines } from '../core/keys';
import type { LinkState } from '../core/state';
import { farm, spoken } from '../live/feeds';
import { useNow } from '../live/hooks';
import { useStore } from '../live/store';
import { SignInButton } from './session';

export type Theme = 'auto' | 'light' | 'dark';
export const nextTheme: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };

const links = [
  { view: 'builds', text: 'Builds', href: '#/builds' },
  { view: 'agents', text: 'Agents', href: '#/agents' },
  { view: 'cache', text: 'Cache', href: '#/cache' },
];

function FarmLine(): JSX.Element | null {
  const now = useStore(farm);
  if (!now) return null;
  const up = now.agents.up ?? 0;
  const away = (now.agents.lost ?? 0) + (now.agents.draining ?? 0);
  const oldest = now.queueOldestMs > 0 ? `, the oldest for ${duration(now.queueOldestMs)}` : '';
  return (
    <p class="farm-line" title={`farm ${now.version}, registry ${now.registry}, started ${exactTime(now.startedMs)}`}>
      <span>
        {count(up, 'agent')} up{away > 0 && `, ${away} not`}
      </span>
      <span>
        {now.busy} of {count(now.slots, 'slot')} busy
      </span>
      <span>
        {now.queuedJobs} queued{oldest}
      </span>
    </p>
  );
}

function Connected({ state, retry }: { state: LinkState; retry: () => void }): JSX.Element {
  const lost = state.connection === 'lost';
  const text = {
    live: 'live',
    connecting: 'connecting',
    lost: 'no connection',
    over: 'complete',
    gone: 'not found',
    locked: 'sign in',
    paused: 'paused',
  }[state.connection];
  return (
    <span class={`connection c-${state.connection}`} title={state.asOf > 0 ? `as of ${exactTime(state.asOf)}` : ''}>
      <span class="dot" aria-hidden="true" />
      {text}
      {lost && (
        <button type="button" class="plain" onClick={retry}>
          try now
        </button>
      )}
    </span>
  );
}

// A bar over the page as long as what is shown may be old.
export function LostBar({ state, retry }: { state: LinkState; retry: () => void }): JSX.Element | null {
  const lost = state.connection === 'lost' && state.problem !== undefined;
  useNow(lost ? 500 : 0);
  if (!lost) return null;
  const seconds = Math.ceil((state.retryAt - Date.now()) / 1000);
  return (
    <div class="lost-bar">
      <p role="status">
        {state.problem?.message}. {state.asOf > 0 ? `What is shown is of ${exactTime(state.asOf)}.` : state.problem?.remedy}
      </p>
      <p>
        <button type="button" onClick={retry}>
          Try now
        </button>{' '}
        <span class="muted">{state.retryAt > 0 && seconds > 0 ? `Next try in ${seconds} s.` : 'Trying …'}</span>
      </p>
    </div>
  );
}

export interface ShellProps {
  view: string;
  state: LinkState;
  retry: () => void;
  theme: Theme;
  onTheme: () => void;
  onHelp: () => void;
}

export function Header({ view, state, retry, theme, onTheme, onHelp }: ShellProps): JSX.Element {
  return (
    <header class="top">
      <a class="brand" href="#/builds" aria-label="farm: builds">
        farm
      </a>
      <nav aria-label="Views">
        {links.map((link) => (
          <a
            key={link.view}
            href={link.href}
            aria-current={link.view === view || (view === 'build' && link.view === 'builds') ? 'page' : undefined}
          >
            {link.text}
          </a>
        ))}
      </nav>
      <FarmLine />
      <span class="top-end">
        <Connected state={state} retry={retry} />
        <SignInButton />
        <button type="button" class="icon" onClick={onTheme} aria-label={`Theme: ${theme}. Change it`} title={`Theme: ${theme} (t)`}>
          {theme === 'auto' ? '◑' : theme === 'light' ? '☀' : '☾'}
        </button>
        <button type="button" class="icon" onClick={onHelp} aria-label="Keys and help" title="Keys and help (?)">
          ?
        </button>
      </span>
    </header>
  );
}

export function Spoken(): JSX.Element {
  return (
    <div class="unseen" aria-live="polite" role="status">
      {useStore(spoken)}
    </div>
  );
}

export function Problems(): JSX.Element | null {
  const now = useStore(farm);
  if (!now || now.problems.length === 0) return null;
  return (
    <div class="problem" role="alert">
      <p>The coordinator can’t serve everything at this moment:</p>
      <ul>
        {now.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    </div>
  );
}

interface HelpProps {
  open: boolean;
  onClose: () => void;
  keysOn: boolean;
  onKeys: (on: boolean) => void;
}

export function Help({ open, onClose, keysOn, onKeys }: HelpProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current;
    if (open && node && !node.open) node.showModal();
    if (!open && node?.open) node.close();
  }, [open]);
  const groups = [...new Set(keyLines.map((line) => line.group))];
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="help-title" class="help">
      <div class="help-head">
        <h2 id="help-title">Keys</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {groups.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <dl>
            {keyLines
              .filter((line) => line.group === group)
              .map((line) => (
                <div key={line.keys}>
                  <dt>
                    {line.keys.split(' ').map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{line.what}</dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
      <label class="check">
        <input type="checkbox" checked={keysOn} onChange={(event) => onKeys(event.currentTarget.checked)} /> single keys do this
      </label>
      <p class="muted">Without a token the console only reads. `farmctl` submits, cancels and drains.</p>
    </dialog>
  );
}
