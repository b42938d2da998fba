// The coordinator's JSON → values. Whatever is absent or of another type becomes empty or 0: an older or newer coordinator is
// still shown.
import type {
  Agent,
  Assignment,
  Build,
  BuildState,
  BuildSummary,
  Cache,
  CacheKind,
  Farm,
  Held,
  Job,
  JobState,
  LogPart,
  Service,
  ServiceResult,
} from './types';

type Json = Record<string, unknown>;

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const text = (from: Json, name: string): string => (typeof from[name] === 'string' ? (from[name] as string) : '');
export const number = (from: Json, name: string): number => {
  const value = from[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
};
export const texts = (from: Json, name: string): string[] => asList(from[name]).filter((item): item is string => typeof item === 'string');
export const numbers = (value: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries(asObject(value)).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
const permille = (from: Json, name: string): number => Math.min(1, Math.max(0, number(from, name) / 1000));

function readJob(value: unknown): Job {
  const from = asObject(value);
  return {
    name: text(from, 'name'),
    kind: text(from, 'kind'),
    key: text(from, 'key'),
    state: (text(from, 'state') || 'waiting') as JobState,
    reason: text(from, 'reason'),
    agent: text(from, 'agent'),
    attempts: number(from, 'attempts'),
    queuedMs: number(from, 'queued_ms'),
    fetchMs: number(from, 'fetch_ms'),
    runMs: number(from, 'run_ms'),
    pushMs: number(from, 'push_ms'),
    fetchedBytes: number(from, 'fetched_bytes'),
    pushedBytes: number(from, 'pushed_bytes'),
    steps: number(from, 'steps'),
    stepsCached: number(from, 'steps_cached'),
    digest: text(from, 'digest'),
    phase: text(from, 'phase'),
    progress: permille(from, 'progress_permille'),
    needs: texts(from, 'needs'),
    cause: text(from, 'cause'),
    placement: text(from, 'placement'),
    readyMs: number(from, 'ready_ms'),
    assignedMs: number(from, 'assigned_ms'),
    finishedMs: number(from, 'finished_ms'),
  };
}

function readService(value: unknown): Service {
  const from = asObject(value);
  return {
    service: text(from, 'service'),
    result: (text(from, 'result') || 'pending') as ServiceResult,
    reason: text(from, 'reason'),
    image: text(from, 'image'),
    digest: text(from, 'digest'),
    job: text(from, 'job'),
  };
}

export function readBuild(value: unknown): Build {
  const from = asObject(value);
  const counters = asObject(from.counters);
  return {
    build: number(from, 'build'),
    project: text(from, 'project'),
    state: (text(from, 'state') || 'running') as BuildState,
    reason: text(from, 'reason'),
    createdMs: number(from, 'created_ms'),
    finishedMs: number(from, 'finished_ms'),
    client: text(from, 'client'),
    parallel: number(from, 'parallel'),
    services: asList(from.services).map(readService),
    jobs: asList(from.jobs).map(readJob),
    counters: {
      jobsRun: number(counters, 'jobs_run'),
      jobsHit: number(counters, 'jobs_hit'),
      jobsShared: number(counters, 'jobs_shared'),
      retries: number(counters, 'retries'),
      fetchedBytes: number(counters, 'fetched_bytes'),
      pushedBytes: number(counters, 'pushed_bytes'),
    },
  };
}

export function readSummary(value: unknown): BuildSummary {
  const from = asObject(value);
  const services = asObject(from.services);
  return {
    build: number(from, 'build'),
    project: text(from, 'project'),
    state: (text(from, 'state') || 'running') as BuildState,
    createdMs: number(from, 'created_ms'),
    finishedMs: number(from, 'finished_ms'),
    jobs: number(from, 'jobs'),
    jobsRun: number(from, 'jobs_run'),
    jobsHit: number(from, 'jobs_hit'),
    jobsDone: number(from, 'jobs_done'),
    retries: number(from, 'retries'),
    reason: text(from, 'reason'),
    client: text(from, 'client'),
    services: {
      total: number(services, 'total'),
      built: number(services, 'built'),
      hit: number(services, 'hit'),
      failed: number(services, 'failed'),
    },
  };
}

export interface BuildPage {
  builds: BuildSummary[];
  nextBefore: number; // 0: no more
}

export const readBuilds = (value: unknown): BuildPage => ({
  builds: asList(asObject(value).builds).map(readSummary),
  nextBefore: number(asObject(value), 'next_before'),
});

function readAssignment(value: unknown): Assignment {
  const from = asObject(value);
  return {
    build: number(from, 'build'),
    job: text(from, 'job'),
    kind: text(from, 'kind'),
    phase: text(from, 'phase'),
    progress: permille(from, 'progress_permille'),
    assignedMs: number(from, 'assigned_ms'),
  };
}

function readHeld(value: unknown): Held {
  const from = asObject(value);
  return {
    key: text(from, 'key'),
    kind: text(from, 'kind'),
    name: text(from, 'name'),
    project: text(from, 'project'),
    bytes: number(from, 'bytes'),
  };
}

function readAgent(value: unknown): Agent {
  const from = asObject(value);
  return {
    name: text(from, 'name'),
    state: text(from, 'state'),
    platform: text(from, 'platform'),
    labels: texts(from, 'labels'),
    slots: number(from, 'slots'),
    busy: number(from, 'busy'),
    diskFree: number(from, 'disk_free_bytes'),
    diskTotal: number(from, 'disk_total_bytes'),
    memoryFree: number(from, 'memory_available_bytes'),
    memoryTotal: number(from, 'memory_total_bytes'),
    load: number(from, 'load_permille') / 1000,
    sliceCacheBytes: number(from, 'slice_cache_bytes'),
    buildkitBytes: number(from, 'buildkit_bytes'),
    buildkit: text(from, 'buildkit'),
    version: text(from, 'version'),
    heardMs: number(from, 'heard_ms'),
    running: texts(from, 'running'),
    assignments: asList(from.assignments).map(readAssignment),
    holds: asList(from.holds).map(readHeld),
    holdsTotal: number(from, 'holds_total'),
  };
}

export const readAgents = (value: unknown): Agent[] => asList(asObject(value).agents).map(readAgent);

export function readFarm(value: unknown): Farm {
  const from = asObject(value);
  return {
    version: text(from, 'version'),
    nowMs: number(from, 'now_ms'),
    startedMs: number(from, 'started_ms'),
    registry: text(from, 'registry'),
    problems: texts(from, 'problems'),
    agents: numbers(from.agents),
    slots: number(from, 'slots'),
    busy: number(from, 'busy'),
    queuedJobs: number(from, 'queued_jobs'),
    runningJobs: number(from, 'running_jobs'),
    queueOldestMs: number(from, 'queue_oldest_ms'),
  };
}

function readCacheKind(value: unknown): CacheKind {
  const from = asObject(value);
  return {
    kind: text(from, 'kind'),
    results: number(from, 'results'),
    bytes: number(from, 'bytes'),
    hits: number(from, 'hits'),
    misses: number(from, 'misses'),
    causes: numbers(from.causes),
  };
}

export function readCache(value: unknown): Cache {
  const from = asObject(value);
  const slices = asObject(from.slices);
  return {
    countedBuilds: number(from, 'counted_builds'),
    complete: from.complete !== false,
    kinds: asList(from.kinds).map(readCacheKind),
    sliceCount: number(slices, 'count'),
    sliceBytes: number(slices, 'bytes'),
    newest: asList(from.newest).map((one) => {
      const result = asObject(one);
      return {
        ...readHeld(one),
        digest: text(result, 'digest'),
        createdMs: number(result, 'created_ms'),
        usedMs: number(result, 'used_ms'),
        runMs: number(result, 'run_ms'),
      };
    }),
  };
}

export function readLogPart(value: unknown): LogPart {
  const from = asObject(value);
  return { offset: number(from, 'offset'), nextOffset: number(from, 'next_offset'), ended: from.ended === true, text: text(from, 'text') };
}
