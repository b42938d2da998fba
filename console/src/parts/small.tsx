// Small things that every view uses.
import type { ComponentChildren, JSX } from 'preact';
import { Fragment } from 'preact';
import { ago, exactTime } from '../core/format';
import type { LinkState, Problem } from '../core/state';
import { useNow } from '../live/hooks';
import { asked } from '../live/session';

const marks: Record<string, string> = {
  succeeded: '✓',
  built: '✓',
  up: '✓',
  failed: '✕',
  lost: '✕',
  hit: '◆',
  running: '▶',
  assigned: '▶',
  verifying: '▶',
  waiting: '○',
  pending: '○',
  'waiting-for-slices': '○',
  skipped: '–',
  cancelled: '–',
  draining: '◐',
};
const words: Record<string, string> = { 'waiting-for-slices': 'uploading', assigned: 'running' };

// A state as mark and word; colour only underlines it.
export function Badge({ state }: { state: string }): JSX.Element {
  return (
    <span class={`badge s-${state}`}>
      <span class="mark" aria-hidden="true">
        {marks[state] ?? '•'}
      </span>
      {words[state] ?? state}
    </span>
  );
}

// "3 min ago"; the exact time on hover and for screen readers' rest.
export function Ago({ ms }: { ms: number }): JSX.Element {
  const now = useNow(ms > 0 ? 5000 : 0);
  if (ms === 0) return <span>-</span>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>
      {ago(ms, now)}
    </time>
  );
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="empty">{children}</div>;
}

export function ProblemBox({ problem, retry }: { problem: Problem; retry?: () => void }): JSX.Element {
  return (
    <div class="problem" role="alert">
      <p>{problem.message}</p>
      <p class="muted">{problem.remedy}</p>
      {problem.status === 401 && (
        <button type="button" class="main" onClick={() => asked.set(true)}>
          Sign in with a token
        </button>
      )}
      {retry && problem.status !== 401 && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

// What stands in for a view that has no data yet.
export function Pending({ state, what, retry }: { state: LinkState; what: string; retry: () => void }): JSX.Element {
  if (state.problem) return <ProblemBox problem={state.problem} retry={retry} />;
  return <p class="muted loading">Loading {what} …</p>;
}

// A share of something, with its words beside the bar.
export function Meter({ label, part, text, warn }: { label: string; part: number; text: string; warn?: boolean }): JSX.Element {
  const share = Math.round(100 * Math.min(1, Math.max(0, part)));
  return (
    <div class="meter-line">
      <span class="meter-label">{label}</span>
      <span
        class={warn ? 'meter warn' : 'meter'}
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={share}
        aria-valuetext={text}
      >
        <span style={{ width: `${share}%` }} />
      </span>
      <span class="meter-text">{text}</span>
    </div>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

// A name that may break where its words end.
export function Name({ of }: { of: string }): JSX.Element {
  const parts = of.split(/(?<=[_\-./])/);
  return (
    <>
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
