// The subjects that the page follows: the farm with its builds and agents, one build, the cache.
import { clockOffset } from '../core/clock';
import { mergeBuilds } from '../core/builds';
import type { Seen } from '../core/gantt';
import { asList, asObject, readAgents, readBuild, readBuilds, readCache, readFarm, readSummary } from '../core/read';
import { announce, seePhases } from '../core/state';
import type { Agent, Build, BuildSummary, Cache, Farm } from '../core/types';
import { isFinalBuild } from '../core/types';
import { getJson } from './api';
import { Link } from './link';
import { Store } from './store';

export const spoken = new Store(''); // for the live region
export const farm = new Store<Farm | undefined>(undefined);
export const agents = new Store<Agent[] | undefined>(undefined);
export const builds = new Store<BuildSummary[] | undefined>(undefined);
export const offsetMs = new Store(0); // the farm's clock minus ours

export const farmNow = (): number => Date.now() + offsetMs.get();

function hearFarm(json: unknown): void {
  const told = readFarm(json);
  offsetMs.set(clockOffset(told.nowMs, Date.now()));
  farm.set(told);
}

const hearBuilds = (more: BuildSummary[]): void => builds.update((known) => mergeBuilds(known ?? [], more));

// Builds that fit, before a number (0: the newest). Returns where the next page begins, 0: nowhere.
export async function loadBuilds(filter: { project: string; state: string; before: number }, signal?: AbortSignal): Promise<number> {
  const query = new URLSearchParams({ limit: '100' });
  if (filter.project) query.set('project', filter.project);
  if (filter.state) query.set('state', filter.state === 'live' ? 'waiting-for-slices,running' : filter.state);
  if (filter.before > 0) query.set('before', String(filter.before));
  const page = readBuilds(await getJson('Loading the builds', `builds?${query}`, signal));
  hearBuilds(page.builds);
  return page.nextBefore;
}

// The whole farm, for the lists. Its stream brings open builds and changes; what is older comes by loading.
export const farmLink = new Link({
  what: 'the farm',
  load: async (signal) => {
    await loadBuilds({ project: '', state: '', before: 0 }, signal);
  },
  stream: () => 'events',
  events: {
    farm: hearFarm,
    agents: (json) => agents.set(readAgents(json)),
    build: (json) => hearBuilds([readSummary(json)]),
  },
});

// The farm in short, for pages that follow something else.
export const farmPoll = new Link({
  what: 'the farm',
  load: async (signal) => hearFarm(await getJson('Asking for the farm', 'farm', signal)),
  pollMs: 10_000,
});

export interface BuildFeed {
  link: Link;
  build: Store<Build | undefined>;
  seen: Store<Seen>;
}

export function followBuild(number: number): BuildFeed {
  const build = new Store<Build | undefined>(undefined);
  const seen = new Store<Seen>(new Map());
  const hear = (json: unknown): void => {
    const next = readBuild(json);
    const said = announce(build.get(), next);
    seen.set(seePhases(seen.get(), next, farmNow()));
    build.set(next);
    if (said !== '') spoken.set(said);
  };
  const link = new Link({
    what: `build ${number}`,
    load: async (signal) => hear(await getJson(`Loading build ${number}`, `builds/${number}`, signal)),
    complete: () => isFinalBuild(build.get()?.state ?? ''),
    stream: () => `builds/${number}/events`,
    events: { status: hear },
  });
  return { link, build, seen };
}

export interface CacheFeed {
  link: Link;
  cache: Store<Cache | undefined>;
}

export function followCache(): CacheFeed {
  const cache = new Store<Cache | undefined>(undefined);
  const link = new Link({
    what: 'the cache',
    load: async (signal) => cache.set(readCache(await getJson('Loading the cache', 'cache?limit=200', signal))),
    pollMs: 15_000,
  });
  return { link, cache };
}

// Names of projects that the farm knows, for the filter.
export async function loadProjects(signal?: AbortSignal): Promise<string[]> {
  const list = asList(asObject(await getJson('Loading the projects', 'projects', signal)).projects);
  return list.map((one) => asObject(one).name).filter((name): name is string => typeof name === 'string');
}
