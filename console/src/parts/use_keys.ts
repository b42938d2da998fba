// Single keys → what they do. Keys that are typed into a field are left alone.
import { useEffect, useRef } from 'preact/hooks';
import type { Action } from '../core/keys';
import { keyStep } from '../core/keys';

type Handlers = Partial<Record<Action, () => void>>;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

// To the next row of the list in which the focus is, or of the first one.
function moveRow(by: number): void {
  const active = document.activeElement;
  const list = active?.closest('[data-list]') ?? document.querySelector('main [data-list]');
  const links = [...(list?.querySelectorAll<HTMLElement>('.row-link') ?? [])];
  if (links.length === 0) return;
  const at = links.findIndex((link) => link === active);
  const next = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by));
  links[next]?.focus();
  links[next]?.scrollIntoView({ block: 'nearest' });
}

// The search of what is innermost: the log's before the list's.
function toSearch(): void {
  const fields = document.querySelectorAll<HTMLInputElement>('main [data-search]');
  const field = fields[fields.length - 1];
  field?.focus();
  field?.select();
}

const press = (action: string): void => document.querySelector<HTMLElement>(`[data-action="${action}"]`)?.click();

const common: Handlers = {
  builds: () => (location.hash = '#/builds'),
  agents: () => (location.hash = '#/agents'),
  cache: () => (location.hash = '#/cache'),
  search: toSearch,
  next: () => moveRow(1),
  previous: () => moveRow(-1),
  follow: () => press('follow'),
  wrap: () => press('wrap'),
  'match-next': () => press('match-next'),
  'match-previous': () => press('match-previous'),
};

export function useKeys(on: boolean, handlers: Handlers): void {
  const latest = useRef({ on, handlers });
  latest.current = { on, handlers }; // read at each key: an effect would come a frame later
  useEffect(() => {
    let waiting = '';
    const pressed = (event: KeyboardEvent): void => {
      if (!latest.current.on) return;
      if (event.key === 'Escape' && typing(event.target)) (event.target as HTMLElement).blur();
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const step = keyStep(waiting, event.key);
      waiting = step.waiting;
      if (!step.action) return;
      event.preventDefault();
      (latest.current.handlers[step.action] ?? common[step.action])?.();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}
