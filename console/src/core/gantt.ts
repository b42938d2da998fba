// A build as rows over time: the queue, a row per agent with as many lanes as jobs ran there side by side, and the hits.
import type { Build, Job } from './types';
import { isFinalBuild, isRunning } from './types';

export type Phase = 'queued' | 'fetch' | 'run' | 'push' | 'verify';

export interface Segment {
  phase: Phase;
  from: number;
  to: number;
}

export interface Bar {
  job: Job;
  lane: number;
  from: number;
  to: number;
  live: boolean;
  segments: Segment[];
}

export interface Row {
  kind: 'queue' | 'agent' | 'hits';
  label: string;
  lanes: number;
  bars: Bar[];
}

export interface Gantt {
  from: number;
  to: number;
  live: boolean;
  rows: Row[];
}

// A phase as it was seen to begin while the page was open.
export interface SeenPhase {
  phase: Phase;
  at: number;
}
export type Seen = ReadonlyMap<string, readonly SeenPhase[]>;

// Waits shorter than this part of the build are noise.
const queueShown = 0.004;

export function phaseOf(job: Job): Phase {
  if (job.state === 'waiting') return 'queued';
  if (job.state === 'verifying' || /^(verif|report)/.test(job.phase)) return 'verify';
  if (/^(push|export)/.test(job.phase)) return 'push';
  if (/^(fetch|start|queue)/.test(job.phase)) return 'fetch';
  return 'run';
}

// The phases of a job that ended, from its measured times; what is left over is the report and the check of the result.
function measured(job: Job, to: number): Segment[] {
  const segments: Segment[] = [];
  let at = job.assignedMs;
  const parts: [Phase, number][] = [
    ['fetch', job.fetchMs],
    ['run', job.runMs],
    ['push', job.pushMs],
    ['verify', Number.POSITIVE_INFINITY],
  ];
  for (const [phase, ms] of parts) {
    const end = Math.min(to, at + ms);
    if (end > at) segments.push({ phase, from: at, to: end });
    at = end;
  }
  return segments;
}

// The phases of a running job, as far as they were seen; before that the oldest one seen.
function observed(job: Job, seen: readonly SeenPhase[], to: number): Segment[] {
  const segments: Segment[] = [];
  let phase = seen[0]?.phase ?? phaseOf(job);
  let at = job.assignedMs;
  for (const next of seen.slice(1)) {
    const end = Math.min(to, Math.max(at, next.at));
    if (end > at) segments.push({ phase, from: at, to: end });
    phase = next.phase;
    at = end;
  }
  segments.push({ phase, from: at, to: Math.max(at, to) });
  return segments;
}

function ranBar(job: Job, seen: Seen, now: number): Bar {
  const live = isRunning(job);
  const to = Math.max(job.assignedMs, live || job.finishedMs === 0 ? now : job.finishedMs);
  const segments = live ? observed(job, seen.get(job.name) ?? [], to) : measured(job, to);
  return { job, lane: 0, from: job.assignedMs, to, live, segments };
}

function queueBar(job: Job, now: number): Bar {
  const waits = job.state === 'waiting';
  const end = job.assignedMs > 0 ? job.assignedMs : waits ? now : job.finishedMs || now;
  const to = Math.max(job.readyMs, end);
  return { job, lane: 0, from: job.readyMs, to, live: waits, segments: [{ phase: 'queued', from: job.readyMs, to }] };
}

// Puts each bar into the first lane that is free when it begins.
function pack(bars: Bar[]): number {
  const ends: number[] = [];
  bars.sort((a, b) => a.from - b.from || a.to - b.to || (a.job.name < b.job.name ? -1 : 1));
  for (const bar of bars) {
    let lane = ends.findIndex((end) => end <= bar.from);
    if (lane < 0) lane = ends.length;
    ends[lane] = bar.to;
    bar.lane = lane;
  }
  return ends.length;
}

export function layoutGantt(build: Build, seen: Seen, now: number): Gantt {
  const live = !isFinalBuild(build.state);
  const ran = build.jobs
    .filter((job) => job.assignedMs > 0 && job.agent !== '' && job.state !== 'hit')
    .map((job) => ranBar(job, seen, now));
  const from = build.createdMs || Math.min(now, ...ran.map((bar) => bar.from));
  const to = Math.max(from + 1, live ? now : build.finishedMs, ...ran.map((bar) => bar.to));
  const queued = build.jobs.filter((job) => job.readyMs > 0 && job.state !== 'hit').map((job) => queueBar(job, now));
  const rows: Row[] = [];
  const add = (kind: Row['kind'], label: string, bars: Bar[]): void => {
    if (bars.length > 0) rows.push({ kind, label, lanes: pack(bars), bars });
  };
  add(
    'queue',
    'queue',
    queued.filter((bar) => bar.live || bar.to - bar.from > (to - from) * queueShown),
  );
  const agents = [...new Set(ran.map((bar) => bar.job.agent))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  for (const agent of agents)
    add(
      'agent',
      agent,
      ran.filter((bar) => bar.job.agent === agent),
    );
  const hits = build.jobs.filter((job) => job.state === 'hit');
  add(
    'hits',
    'cache',
    hits.map((job) => ({ job, lane: 0, from, to: from, live: false, segments: [] })),
  );
  return { from, to, live, rows };
}

// What a bar says to people who can't see it.
export const phaseNames: Record<Phase, string> = { queued: 'queued', fetch: 'fetch', run: 'run', push: 'push', verify: 'verify' };

// How many bars overlap, as steps: from each `at` on it is `depth`.
export function depthOf(bars: readonly Bar[]): { at: number; depth: number }[] {
  const changes = new Map<number, number>();
  for (const bar of bars) {
    changes.set(bar.from, (changes.get(bar.from) ?? 0) + 1);
    changes.set(bar.to, (changes.get(bar.to) ?? 0) - 1);
  }
  let depth = 0;
  return [...changes.entries()].sort((a, b) => a[0] - b[0]).map(([at, change]) => ({ at, depth: (depth += change) }));
}
