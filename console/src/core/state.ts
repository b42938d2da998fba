// What the page knows besides the data itself: how the connection of a subject (the farm, a build, a log) stands, which phases were seen to
// begin, and what is worth saying aloud.
import type { Phase, Seen, SeenPhase } from './gantt';
import { phaseOf } from './gantt';
import type { Build } from './types';
import { isFinalBuild, isRunning } from './types';

// `over`: all was told, nothing more comes. `gone`: there is no such thing. `locked`: it takes a token to read it, or another one.
// `paused`: the page is hidden.
export type Connection = 'connecting' | 'live' | 'lost' | 'over' | 'gone' | 'locked' | 'paused';

export interface Problem {
  message: string; // what was being done, what is wrong
  remedy: string;
  status: number; // of HTTP; 0: nobody answered
}

export interface LinkState {
  connection: Connection;
  problem: Problem | undefined;
  failures: number; // since it last worked
  retryAt: number; // when the next try comes, by the browser's clock; 0: none planned
  asOf: number; // when something was last heard; 0: never
}

export type LinkEvent =
  | { type: 'connecting' }
  | { type: 'heard'; now: number }
  | { type: 'open'; now: number }
  | { type: 'over'; now: number }
  | { type: 'paused' }
  | { type: 'failed'; problem: Problem; retryAt: number }
  | { type: 'gone' | 'locked'; problem: Problem };

export const newLink: LinkState = { connection: 'connecting', problem: undefined, failures: 0, retryAt: 0, asOf: 0 };

export function reduceLink(state: LinkState, event: LinkEvent): LinkState {
  const fine = { problem: undefined, failures: 0, retryAt: 0 };
  switch (event.type) {
    case 'connecting': // the problem stays on view until it works again
      return { ...state, connection: state.failures > 0 ? 'lost' : 'connecting', retryAt: 0 };
    case 'heard':
      return { ...state, asOf: event.now };
    case 'open':
      return { ...state, ...fine, connection: 'live', asOf: event.now };
    case 'over':
      return { ...state, ...fine, connection: 'over', asOf: event.now };
    case 'paused':
      return { ...state, connection: 'paused', retryAt: 0 };
    case 'failed':
      return { ...state, connection: 'lost', problem: event.problem, failures: state.failures + 1, retryAt: event.retryAt };
    case 'gone':
    case 'locked':
      return { ...state, connection: event.type, problem: event.problem, retryAt: 0 };
  }
}

// The phases of running jobs, as they were seen to begin. Jobs that ended are forgotten: their measured times say more.
export function seePhases(seen: Seen, build: Build, now: number): Seen {
  const next = new Map<string, readonly SeenPhase[]>();
  for (const job of build.jobs) {
    if (!isRunning(job)) continue;
    const phase: Phase = phaseOf(job);
    const before = (seen.get(job.name) ?? []).filter((one) => one.at >= job.assignedMs);
    if (before.length > 0 && before[before.length - 1]!.phase === phase) next.set(job.name, before);
    else next.set(job.name, [...before, { phase, at: before.length === 0 ? Math.max(job.assignedMs, 0) : now }]);
  }
  return next;
}

// What is worth saying aloud about a change of a build: its end, and each job that failed.
export function announce(before: Build | undefined, after: Build): string {
  if (!before || before.build !== after.build) return '';
  const failed = after.jobs.filter((job) => job.state === 'failed' && before.jobs.find((old) => old.name === job.name)?.state !== 'failed');
  const said = failed.map((job) => `Job ${job.name} failed.`);
  if (isFinalBuild(after.state) && !isFinalBuild(before.state)) said.push(`Build ${after.build} ${after.state}.`);
  return said.join(' ');
}
