// Why a job ran, waits or stands where it does, in words. The coordinator's own words come first; these add what can be done.
import type { Build, Job } from './types';
import { isRunning } from './types';

export interface Line {
  what: string;
  text: string;
}

// The closed set of coordinator/admission/reasons.hpp.
const causeHelp: Record<string, string> = {
  'no-cache': 'The submission asked for it (--no-cache).',
  'first-build': 'The farm has no earlier result to compare with.',
  dockerfile: 'The text of its stages in the Dockerfile is another.',
  'base-image': 'A tag that it builds on means another digest now.',
  upstream: 'The layer or image below it was made anew.',
  dependencies: 'External crates are asked for or locked differently.',
  manifest: 'A field of a manifest or of cargo’s configuration changed.',
  arguments: 'A build argument, the target, the platform or the like changed.',
  source: 'A file that it is built from changed.',
  'result-lost': 'Nothing changed, but the registry no longer has its result.',
};

export function causeText(cause: string): string {
  return causeHelp[cause] ?? '';
}

function ranBecause(job: Job): string {
  if (job.state === 'hit') return 'Not rebuilt: a result with the same key is known.';
  const why = causeText(job.cause);
  return job.reason === '' ? why : why === '' ? job.reason : `${job.reason}. ${why}`;
}

export function explainJob(build: Build, job: Job): Line[] {
  const lines: Line[] = [];
  const add = (what: string, text: string): void => {
    if (text !== '') lines.push({ what, text });
  };
  if (job.state === 'failed') add('Why it failed', job.reason);
  else if (job.state === 'skipped' || job.state === 'cancelled') add('Why it did not run', job.reason);
  else add(job.state === 'hit' ? 'Why it did not run' : 'Why it runs', ranBecause(job));
  if (job.state === 'waiting') add('Waits for', job.phase.replace(/^waits for /, '') || 'its turn');
  if (isRunning(job)) add('Does now', job.phase);
  add('Why there', job.placement || (job.agent === '' ? '' : `ran on ${job.agent}`));
  if (job.attempts > 1) add('Attempts', `${job.attempts}; the times are those of the last one`);
  const sharers = build.services.filter((service) => service.job === job.name).map((service) => service.service);
  if (sharers.length > 0) add(sharers.length === 1 ? 'Service' : 'Services', sharers.join(', '));
  return lines;
}

// The log is empty for jobs that never ran: says so instead of showing nothing.
export function whyNoLog(job: Job): string {
  if (job.state === 'hit') return 'No log: nothing ran, its result was known.';
  if (job.state === 'waiting') return `No log yet: it ${job.phase || 'waits'}.`;
  if (job.state === 'skipped') return 'No log: it was skipped.';
  if (job.state === 'cancelled' && job.attempts === 0) return 'No log: it was cancelled before it began.';
  return 'No output yet.';
}
