// Why a job ran in detail, and the steps it was made of: the coordinator's farm.explain.v1 as values, and how they are shown.
import { asList, asObject, number, text } from './read';

export interface Reason {
  kind: string;
  subject: string; // of kind "upstream": the job below
  text: string;
}

export interface Step {
  name: string;
  startMs: number; // since the first one began
  runMs: number;
  cached: boolean;
  failed: boolean;
}

export interface AgentFit {
  agent: string;
  reason: string; // why not; empty: it could take the job
}

export interface Explanation {
  job: string;
  lastBuild: number; // that it was compared with; 0: none
  lastMs: number;
  reasons: Reason[];
  below: Explanation[];
  agents: AgentFit[];
  steps: Step[];
  stepsLeftOff: number;
}

const depthMax = 20;

function read(value: unknown, depth: number): Explanation {
  const from = asObject(value);
  return {
    job: text(from, 'job'),
    lastBuild: number(from, 'last_build'),
    lastMs: number(from, 'last_ms'),
    reasons: asList(from.reasons).map((one) => {
      const reason = asObject(one);
      return { kind: text(reason, 'kind'), subject: text(reason, 'subject'), text: text(reason, 'text') };
    }),
    below: depth < depthMax ? asList(from.below).map((one) => read(one, depth + 1)) : [],
    agents: asList(from.agents).map((one) => ({ agent: text(asObject(one), 'agent'), reason: text(asObject(one), 'reason') })),
    steps: asList(from.steps).map((one) => {
      const step = asObject(one);
      return {
        name: text(step, 'name'),
        startMs: number(step, 'start_ms'),
        runMs: number(step, 'run_ms'),
        cached: step.cached === true,
        failed: step.failed === true,
      };
    }),
    stepsLeftOff: number(from, 'steps_left_off'),
  };
}

export const readExplanation = (value: unknown): Explanation => read(value, 0);

// The first `most`, and how many more there are: one more is shown rather than counted.
export function cutList<T>(items: T[], most: number): { shown: T[]; more: number } {
  return items.length <= most + 1 ? { shown: items, more: 0 } : { shown: items.slice(0, most), more: items.length - most };
}

export interface StepBar {
  step: Step;
  left: number; // both in percent of the time from the first step's start to the last one's end
  width: number;
}

export function stepBars(steps: Step[]): StepBar[] {
  const end = Math.max(1, ...steps.map((step) => step.startMs + step.runMs));
  const part = (ms: number): number => Math.min(100, Math.max(0, (100 * ms) / end));
  return steps.map((step) => ({ step, left: part(step.startMs), width: part(step.runMs) }));
}
