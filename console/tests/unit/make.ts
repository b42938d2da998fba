// Values with only what a test means.
import type { Build, BuildSummary, Job } from '../../src/core/types';
import { readBuild, readBuilds } from '../../src/core/read';

export function job(name: string, change: Partial<Job> = {}): Job {
  const [made] = readBuild({ jobs: [{ name }] }).jobs;
  return { ...made!, ...change };
}

export const build = (jobs: Job[], change: Partial<Build> = {}): Build => ({
  ...readBuild({ build: 1, state: 'running' }),
  jobs,
  ...change,
});

export function summary(change: Partial<BuildSummary>): BuildSummary {
  const [made] = readBuilds({ builds: [{ build: 1, project: 'market', state: 'succeeded' }] }).builds;
  return { ...made!, ...change };
}
