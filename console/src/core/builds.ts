// The list of builds as it grows: pages from the API, and single builds as events bring them.
import type { BuildSummary } from './types';

export const buildsKept = 2000;

// Newest first; what comes later about the same build replaces what was known. The oldest go where there are too many.
export function mergeBuilds(known: readonly BuildSummary[], more: readonly BuildSummary[]): BuildSummary[] {
  const byNumber = new Map(known.map((build) => [build.build, build]));
  for (const build of more) byNumber.set(build.build, build);
  return [...byNumber.values()].sort((a, b) => b.build - a.build).slice(0, buildsKept);
}
