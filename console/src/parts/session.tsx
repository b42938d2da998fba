// Signing in with a token: the button in the bar and the dialog behind it.
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { whatItMay } from '../core/caller';
import { farm, spoken } from '../live/feeds';
import { asked, caller, recall, signIn, signOut } from '../live/session';
import { useStore } from '../live/store';
import { Failure } from '../live/api';

export function SignInButton(): JSX.Element {
  const who = useStore(caller);
  return (
    <button type="button" class="who" onClick={() => asked.set(true)} title={who ? `${who.name} (${who.role})` : 'With a token'}>
      {who ? (
        <>
          <span class="unseen">Signed in as </span>
          {who.name}
        </>
      ) : (
        'Sign in'
      )}
    </button>
  );
}

// A dialog that is as open as it is told to be.
export function useDialog(open: boolean): { current: HTMLDialogElement | null } {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current;
    if (open && node && !node.open) node.showModal();
    if (!open && node?.open) node.close();
  }, [open]);
  return dialog;
}

export const messageOf = (error: unknown): string =>
  error instanceof Failure ? `${error.problem.message}. ${error.problem.remedy}` : String(error);

function TokenForm({ done }: { done: () => void }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (text === '' || busy) return;
    setBusy(true);
    setProblem('');
    try {
      await signIn(text);
      spoken.set(`Signed in as ${caller.get()?.name ?? ''}.`);
      done();
    } catch (error) {
      setProblem(messageOf(error));
      field.current?.select();
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label class="field">
        Token
        <input ref={field} type="password" autocomplete="off" spellcheck={false} maxLength={200} placeholder="farm_…" />
      </label>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="buttons">
        <button type="submit" class="main" disabled={busy}>
          Sign in
        </button>
        <button type="button" onClick={done}>
          Close
        </button>
      </p>
      <p class="muted">
        With a token, builds can be cancelled here and agents drained. <code>farmctl keys token add NAME --role client</code> makes one
        where the coordinator runs. It stays in this tab, until that is closed.
      </p>
    </form>
  );
}

export function SignIn(): JSX.Element {
  const open = useStore(asked);
  const who = useStore(caller);
  const dialog = useDialog(open);
  useEffect(() => {
    void recall();
    return farm.watch(() => void recall()); // it answers again
  }, []);
  const close = (): void => asked.set(false);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="sign-in-title" class="help">
      <h2 id="sign-in-title">{who ? `Signed in as ${who.name}` : 'Sign in'}</h2>
      {open && !who && <TokenForm done={close} />}
      {who && (
        <>
          <p>
            Role {who.role}: {whatItMay(who)}.
          </p>
          <p class="buttons">
            <button type="button" onClick={signOut}>
              Sign out
            </button>
            <button type="button" onClick={close}>
              Close
            </button>
          </p>
        </>
      )}
    </dialog>
  );
}
