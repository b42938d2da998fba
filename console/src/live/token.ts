// The token, for this tab and as long as it is open: other tabs and later visits don't have it. It is sent to the page's own origin only.
import { Store } from './store';

const kept = 'farm.token';

function read(): string {
  try {
    return sessionStorage.getItem(kept) ?? '';
  } catch {
    return ''; // no storage: it lasts as long as the page
  }
}

export const token = new Store(read()); // empty: none

export function keep(text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(kept);
    else sessionStorage.setItem(kept, text);
  } catch {
    // As above.
  }
  token.set(text);
}

export const withToken = (text = token.get()): Record<string, string> => (text === '' ? {} : { authorization: `Bearer ${text}` });
