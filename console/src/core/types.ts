// What the coordinator tells, as values. docs/json.md and the OpenAPI file describe the fields; read.ts makes these from its answers.

export type BuildState = 'waiting-for-slices' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export type JobState = 'waiting' | 'assigned' | 'verifying' | 'succeeded' | 'failed' | 'skipped' | 'cancelled' | 'hit';
export type ServiceResult = 'pending' | 'hit' | 'built' | 'failed' | 'skipped' | 'cancelled';

// All times are milliseconds since the epoch (0: not yet) or durations in milliseconds.
export interface Job {
  name: string;
  kind: string;
  key: string;
  state: JobState;
  reason: string;
  agent: string;
  attempts: number;
  queuedMs: number;
  fetchMs: number;
  runMs: number;
  pushMs: number;
  fetchedBytes: number;
  pushedBytes: number;
  steps: number;
  stepsCached: number;
  digest: string;
  phase: string;
  progress: number; // 0 to 1
  needs: string[];
  cause: string;
  placement: string;
  readyMs: number;
  assignedMs: number;
  finishedMs: number;
}

export interface Service {
  service: string;
  result: ServiceResult;
  reason: string;
  image: string;
  digest: string;
  job: string;
}

export interface Counters {
  jobsRun: number;
  jobsHit: number;
  jobsShared: number;
  retries: number;
  fetchedBytes: number;
  pushedBytes: number;
}

export interface Build {
  build: number;
  project: string;
  state: BuildState;
  reason: string;
  createdMs: number;
  finishedMs: number;
  client: string;
  parallel: number;
  services: Service[];
  jobs: Job[];
  counters: Counters;
}

export interface BuildSummary {
  build: number;
  project: string;
  state: BuildState;
  createdMs: number;
  finishedMs: number;
  jobs: number;
  jobsRun: number;
  jobsHit: number;
  jobsDone: number; // over, hits included
  retries: number;
  reason: string;
  client: string;
  services: { total: number; built: number; hit: number; failed: number };
}

export interface Agent {
  name: string;
  state: string;
  platform: string;
  labels: string[];
  slots: number;
  busy: number;
  diskFree: number;
  diskTotal: number;
  memoryFree: number;
  memoryTotal: number;
  load: number; // load average over cores
  sliceCacheBytes: number;
  buildkitBytes: number;
  buildkit: string;
  version: string;
  heardMs: number;
  running: string[];
  assignments: Assignment[];
  holds: Held[];
  holdsTotal: number;
}

export interface Assignment {
  build: number;
  job: string;
  kind: string;
  phase: string;
  progress: number; // 0 to 1
  assignedMs: number;
}

// A result on an agent's disk.
export interface Held {
  key: string;
  kind: string;
  name: string;
  project: string;
  bytes: number;
}

export interface Farm {
  version: string;
  nowMs: number;
  startedMs: number;
  registry: string;
  problems: string[];
  agents: Record<string, number>; // by state
  slots: number;
  busy: number;
  queuedJobs: number;
  runningJobs: number;
  queueOldestMs: number;
}

export interface CacheKind {
  kind: string;
  results: number;
  bytes: number;
  hits: number;
  misses: number;
  causes: Record<string, number>;
}

export interface CachedResult extends Held {
  digest: string;
  createdMs: number;
  usedMs: number;
  runMs: number;
}

export interface Cache {
  countedBuilds: number;
  complete: boolean;
  kinds: CacheKind[];
  sliceCount: number;
  sliceBytes: number;
  newest: CachedResult[];
}

export interface LogPart {
  offset: number;
  nextOffset: number;
  ended: boolean;
  text: string;
}

const finalBuild: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);
const finalJob: ReadonlySet<string> = new Set(['succeeded', 'failed', 'skipped', 'cancelled', 'hit']);

export const isFinalBuild = (state: string): boolean => finalBuild.has(state);
export const isFinalJob = (state: string): boolean => finalJob.has(state);
export const isRunning = (job: Job): boolean => job.state === 'assigned' || job.state === 'verifying';
