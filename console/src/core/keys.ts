// Keys of the console: which do what, as data for the help and for the handler.

export type Action =
  | 'help'
  | 'builds'
  | 'agents'
  | 'cache'
  | 'theme'
  | 'search'
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'follow'
  | 'wrap'
  | 'match-next'
  | 'match-previous';

export interface KeyLine {
  keys: string;
  what: string;
  group: string;
}

export const keyLines: readonly KeyLine[] = [
  { group: 'Everywhere', keys: '?', what: 'this help' },
  { group: 'Everywhere', keys: 'g b', what: 'builds' },
  { group: 'Everywhere', keys: 'g a', what: 'agents' },
  { group: 'Everywhere', keys: 'g c', what: 'cache' },
  { group: 'Everywhere', keys: 't', what: 'light, dark, or as the system has it' },
  { group: 'Everywhere', keys: '/', what: 'to the filter or the log search' },
  { group: 'Everywhere', keys: 'u', what: 'back: from a job to its build, from a build to the list' },
  { group: 'Lists', keys: 'j', what: 'next' },
  { group: 'Lists', keys: 'k', what: 'previous' },
  { group: 'Lists', keys: 'Enter', what: 'open' },
  { group: 'Timeline and graph', keys: '← → ↑ ↓', what: 'to the job beside' },
  { group: 'Log', keys: 'n', what: 'next match' },
  { group: 'Log', keys: 'N', what: 'previous match' },
  { group: 'Log', keys: 'f', what: 'follow the end, or not' },
  { group: 'Log', keys: 'w', what: 'wrap long lines, or not' },
];

const single: Record<string, Action> = {
  '?': 'help',
  t: 'theme',
  '/': 'search',
  u: 'back',
  j: 'next',
  k: 'previous',
  n: 'match-next',
  N: 'match-previous',
  f: 'follow',
  w: 'wrap',
};
const afterG: Record<string, Action> = { b: 'builds', a: 'agents', c: 'cache' };

// One key after another: `g` waits for the next one.
export function keyStep(waiting: string, key: string): { waiting: string; action?: Action } {
  if (waiting === 'g') {
    const action = afterG[key];
    return action ? { waiting: '', action } : { waiting: '' };
  }
  if (key === 'g') return { waiting: 'g' };
  const action = Object.hasOwn(single, key) ? single[key] : undefined;
  return action ? { waiting: '', action } : { waiting: '' };
}
