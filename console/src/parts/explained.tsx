// Why a job was rebuilt, down to files, lines and versions; why no agent takes it; the steps it was made of.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Explanation, Step } from '../core/explanation';
import { cutList, stepBars } from '../core/explanation';
import { count, duration } from '../core/format';
import { buildLink, jobLink } from '../core/route';
import type { Job } from '../core/types';
import { remember, remembered } from '../live/hooks';
import { Ago } from './small';

const reasonsShown = 8;

function Compared({ to, hit }: { to: Explanation; hit: boolean }): JSX.Element | null {
  if (to.lastBuild === 0) return null;
  return (
    <p class="muted">
      {hit ? 'Unchanged since ' : 'Differs from '}
      <a href={buildLink(to.lastBuild)}>build {to.lastBuild}</a>
      {to.lastMs > 0 && (
        <>
          , <Ago ms={to.lastMs} />
        </>
      )}
      {hit ? '.' : ':'}
    </p>
  );
}

function Reasons({ of, build }: { of: Explanation; build: number }): JSX.Element {
  const [all, setAll] = useState(false);
  const { shown, more } = cutList(of.reasons, all ? Number.MAX_SAFE_INTEGER : reasonsShown);
  return (
    <ul>
      {shown.map((reason, index) => {
        const below = reason.kind === 'upstream' ? of.below.find((one) => one.job === reason.subject) : undefined;
        return (
          <li key={index}>
            {below ? <a href={jobLink(build, below.job)}>{reason.text}</a> : reason.text}
            {below && below.reasons.length > 0 && <Reasons of={below} build={build} />}
          </li>
        );
      })}
      {more > 0 && (
        <li>
          <button type="button" onClick={() => setAll(true)}>
            and {more} more
          </button>
        </li>
      )}
    </ul>
  );
}

export function WhyRebuilt({ explanation, build, job }: { explanation: Explanation; build: number; job: Job }): JSX.Element | null {
  const hit = job.state === 'hit';
  if (explanation.reasons.length === 0) return hit ? <Compared to={explanation} hit={hit} /> : null;
  return (
    <section class="told" aria-labelledby="why-title" tabIndex={0}>
      <h3 id="why-title">Why rebuilt</h3>
      <Compared to={explanation} hit={hit} />
      <Reasons of={explanation} build={build} />
    </section>
  );
}

// While it waits for a slot.
export function WhyNoAgent({ explanation }: { explanation: Explanation }): JSX.Element | null {
  if (explanation.agents.length === 0) return null;
  const { shown, more } = cutList(explanation.agents, 20);
  return (
    <section class="told" aria-labelledby="agents-title" tabIndex={0}>
      <h3 id="agents-title">Why not on …</h3>
      <ul>
        {shown.map((fit) => (
          <li key={fit.agent}>
            <b>{fit.agent}</b> {fit.reason || 'could take it'}
          </li>
        ))}
        {more > 0 && <li class="muted">and {more} more</li>}
      </ul>
    </section>
  );
}

const result = (step: Step): string => (step.failed ? '✕ failed' : step.cached ? '◆ cached' : duration(step.runMs));

export function Steps({ explanation }: { explanation: Explanation }): JSX.Element | null {
  const [open, setOpen] = useState(remembered('steps', '') === 'open');
  const { steps, stepsLeftOff } = explanation;
  if (steps.length === 0) return null;
  const cached = steps.filter((step) => step.cached).length;
  const toggled = (event: Event): void => {
    const now = (event.currentTarget as HTMLDetailsElement).open;
    setOpen(now);
    remember('steps', now ? 'open' : '');
  };
  return (
    <details class="steps" open={open} onToggle={toggled}>
      <summary>
        BuildKit steps: {steps.length + stepsLeftOff}
        {cached > 0 && `, ${cached} cached`}
      </summary>
      <ol aria-label="Steps in the order of their start" tabIndex={0}>
        {stepBars(steps).map(({ step, left, width }, index) => (
          <li key={index} class={step.failed ? 'bad' : step.cached ? 'cached' : ''}>
            <span class="step-name" title={step.name}>
              {step.name}
            </span>
            <span class="step-result">{result(step)}</span>
            <span class="step-track" aria-hidden="true">
              <span style={{ left: `${left}%`, width: `${width}%` }} />
            </span>
          </li>
        ))}
      </ol>
      {stepsLeftOff > 0 && <p class="muted">and {count(stepsLeftOff, 'shorter step')} more</p>}
    </details>
  );
}
