// What whoever is signed in may do: cancel a build, drain an agent. Who may not, sees no button.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { mayCancel, mayDrain } from '../core/caller';
import type { Agent, Build } from '../core/types';
import { isFinalBuild } from '../core/types';
import { spoken } from '../live/feeds';
import { act, caller } from '../live/session';
import { useStore } from '../live/store';
import { messageOf, useDialog } from './session';

interface Deed {
  busy: boolean;
  problem: string;
  run: (what: string, path: string, said: string) => Promise<boolean>;
}

// One action at a time, and how the last one went. `said`: aloud, once it is done.
function useDeed(): Deed {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (what: string, path: string, said: string): Promise<boolean> => {
    setBusy(true);
    setProblem('');
    try {
      await act(what, path);
      spoken.set(said);
      return true;
    } catch (error) {
      setProblem(messageOf(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

function Trouble({ of }: { of: Deed }): JSX.Element | null {
  if (of.problem === '') return null;
  return (
    <p class="problem" role="alert">
      {of.problem}
    </p>
  );
}

export function CancelBuild({ build }: { build: Build }): JSX.Element | null {
  const who = useStore(caller);
  const deed = useDeed();
  const [open, setOpen] = useState(false);
  const wanted = open && !isFinalBuild(build.state);
  const dialog = useDialog(wanted);
  const name = `build ${build.build}`;
  const cancel = async (): Promise<void> => {
    if (await deed.run(`Cancelling ${name}`, `builds/${build.build}/cancel`, `${name} is being cancelled.`)) setOpen(false);
  };
  if (!wanted && (isFinalBuild(build.state) || !mayCancel(who, build.project))) return null;
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Cancel
      </button>
      <dialog ref={dialog} onClose={() => setOpen(false)} aria-labelledby="cancel-title" class="help">
        <h2 id="cancel-title">Cancel {name}?</h2>
        <p>What it runs for {build.project} is stopped, unless another build needs it too.</p>
        <Trouble of={deed} />
        <p class="buttons">
          <button type="button" class="main" disabled={deed.busy} onClick={() => void cancel()}>
            Cancel the build
          </button>
          <button type="button" autofocus onClick={() => setOpen(false)}>
            Let it run
          </button>
        </p>
      </dialog>
    </>
  );
}

export function DrainAgent({ agent }: { agent: Agent }): JSX.Element | null {
  const who = useStore(caller);
  const deed = useDeed();
  const drains = agent.state === 'draining';
  const path = (verb: string): string => `agents/${encodeURIComponent(agent.name)}/${verb}`;
  const toggle = (): void => {
    if (drains) void deed.run(`Undraining ${agent.name}`, path('undrain'), `${agent.name} takes jobs again.`);
    else void deed.run(`Draining ${agent.name}`, path('drain'), `${agent.name} gets no more jobs.`);
  };
  if (!mayDrain(who)) return null;
  return (
    <>
      <p class="buttons">
        <button
          type="button"
          disabled={deed.busy}
          onClick={toggle}
          title={drains ? 'It takes jobs again' : 'It gets no more jobs; what it runs goes on'}
        >
          {drains ? 'Undrain' : 'Drain'} <span class="unseen">{agent.name}</span>
        </button>
      </p>
      <Trouble of={deed} />
    </>
  );
}
