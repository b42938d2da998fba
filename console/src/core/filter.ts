// Which builds the list shows.
import type { BuildSummary } from './types';
import { isFinalBuild } from './types';

export interface BuildFilter {
  project: string; // empty: all
  state: string; // empty: all; `live`: whatever is not over
  query: string; // a part of the project's name, or a build's number
}

export function filterBuilds(builds: readonly BuildSummary[], filter: BuildFilter): BuildSummary[] {
  const query = filter.query.trim().toLowerCase().replace(/^#/, '');
  return builds.filter((build) => {
    if (filter.project !== '' && build.project !== filter.project) return false;
    if (filter.state === 'live' ? isFinalBuild(build.state) : filter.state !== '' && build.state !== filter.state) return false;
    return query === '' || String(build.build) === query || build.project.toLowerCase().includes(query);
  });
}

export const projectsOf = (builds: readonly BuildSummary[]): string[] => [...new Set(builds.map((build) => build.project))].sort();
