// The longest chain of a build: from the job that ended last back through what it had to wait for.
import type { Build, Job } from './types';

// Upstream first. Empty while nothing has ended.
export function criticalChain(build: Build): Job[] {
  const jobs = new Map(build.jobs.filter((job) => job.finishedMs > 0 && job.assignedMs > 0).map((job) => [job.name, job]));
  const last = (names: Iterable<string>): Job | undefined => {
    let found: Job | undefined;
    for (const name of names) {
      const job = jobs.get(name);
      if (job && (!found || job.finishedMs > found.finishedMs)) found = job;
    }
    return found;
  };
  const chain: Job[] = [];
  let at = last(jobs.keys());
  while (at && !chain.includes(at)) {
    chain.unshift(at);
    at = last(at.needs);
  }
  return chain;
}

export interface ChainSum {
  totalMs: number; // from the submission to the end of the chain
  runMs: number; // agents working on it
  waitMs: number; // queued, though all was there
}

export function chainSum(build: Build, chain: readonly Job[]): ChainSum {
  const end = chain[chain.length - 1]?.finishedMs ?? build.createdMs;
  return {
    totalMs: Math.max(0, end - build.createdMs),
    runMs: chain.reduce((sum, job) => sum + Math.max(0, job.finishedMs - job.assignedMs), 0),
    waitMs: chain.reduce((sum, job) => sum + job.queuedMs, 0),
  };
}
