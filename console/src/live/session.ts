// Who is signed in, and what is done in their name.
import type { Caller } from '../core/caller';
import { readCaller } from '../core/caller';
import { Failure, getJson, postAction } from './api';
import { Store } from './store';
import { keep, token } from './token';

export const caller = new Store<Caller | undefined>(undefined);
export const asked = new Store(false); // the dialog for the token is open

// Throws a Failure; then nothing has changed.
export async function signIn(text: string): Promise<void> {
  const who = readCaller(await getJson('Signing in', 'caller', undefined, text));
  caller.set(who);
  keep(text);
}

export function signOut(): void {
  caller.set(undefined);
  keep('');
}

let asking = false;

// Whose the kept token is. One that the coordinator does not know any more is dropped; where it doesn't answer, it is asked again later.
export async function recall(): Promise<void> {
  if (token.get() === '' || caller.get() || asking) return;
  asking = true;
  try {
    await signIn(token.get());
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 401) signOut();
  } finally {
    asking = false;
  }
}

// Throws a Failure. Without a token that counts, nobody is signed in any more.
export async function act(what: string, path: string): Promise<void> {
  try {
    await postAction(what, path);
  } catch (error) {
    if (error instanceof Failure && error.problem.status === 401) signOut();
    throw error;
  }
}
