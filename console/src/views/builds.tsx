// The list of builds, live.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { filterBuilds, projectsOf } from '../core/filter';
import { count, duration, percent } from '../core/format';
import { buildLink, buildsLink, parseRoute } from '../core/route';
import type { Route } from '../core/route';
import type { Problem } from '../core/state';
import type { BuildSummary } from '../core/types';
import { isFinalBuild } from '../core/types';
import { Failure } from '../live/api';
import { builds as known, farmLink, loadBuilds, loadProjects } from '../live/feeds';
import { useNow } from '../live/hooks';
import { useStore } from '../live/store';
import { Ago, Badge, Empty, Pending, ProblemBox } from '../parts/small';

type BuildsRoute = Extract<Route, { view: 'builds' }>;
const states = ['live', 'succeeded', 'failed', 'cancelled'];
const stateNames: Record<string, string> = { live: 'not over' };

function Row({ build, now }: { build: BuildSummary; now: number }): JSX.Element {
  const live = !isFinalBuild(build.state);
  const { services } = build;
  return (
    <tr data-row>
      <td>
        <a class="row-link" href={buildLink(build.build)} aria-label={`Build ${build.build} of ${build.project}, ${build.state}`}>
          {build.build}
        </a>
      </td>
      <td class="grow">
        {build.project}
        <div class="narrow muted">
          <Ago ms={build.createdMs} />
        </div>
        {build.state === 'failed' && build.reason !== '' && <div class="muted cut">{build.reason}</div>}
      </td>
      <td>
        <Badge state={build.state} />
      </td>
      <td class="roomy">
        <Ago ms={build.createdMs} />
      </td>
      <td class="num">{duration((live ? now : build.finishedMs) - build.createdMs)}</td>
      <td class="num wide">{live ? `${build.jobsDone} of ${build.jobs}` : build.jobs}</td>
      <td class="num wide">{build.jobsRun}</td>
      <td class="num wide" title={`${services.hit} of ${services.total} services unchanged`}>
        {percent(services.hit, services.total)}
      </td>
      <td class="wide">{build.client}</td>
    </tr>
  );
}

function Filter({ route, projects }: { route: BuildsRoute; projects: string[] }): JSX.Element {
  // What is typed stands in the field at once; the address, and with it the route, follows a little later.
  const [query, setQuery] = useState(route.query);
  useEffect(() => {
    const now = parseRoute(location.hash);
    if (now.view === 'builds') setQuery(now.query);
  }, [route.query]);
  const to = (change: { project?: string; state?: string; query?: string }): void => {
    location.replace(buildsLink({ project: route.project, state: route.state, query: route.query, ...change }));
  };
  return (
    <form class="filter" role="search" aria-label="Builds" onSubmit={(event) => event.preventDefault()}>
      <input
        type="search"
        data-search
        value={query}
        placeholder="Project or number"
        aria-label="Filter by project or number"
        autocomplete="off"
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          to({ query: event.currentTarget.value });
        }}
      />
      <label>
        <span class="unseen">Project</span>
        <select value={route.project} onChange={(event) => to({ project: event.currentTarget.value })}>
          <option value="">all projects</option>
          {projects.map((project) => (
            <option key={project} value={project}>
              {project}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">State</span>
        <select value={route.state} onChange={(event) => to({ state: event.currentTarget.value })}>
          <option value="">all states</option>
          {states.map((state) => (
            <option key={state} value={state}>
              {stateNames[state] ?? state}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

// Pages of older builds that fit the filter.
function useOlder(project: string, state: string): { more: boolean; problem: Problem | undefined; load: () => void } {
  const [before, setBefore] = useState(0);
  const [problem, setProblem] = useState<Problem | undefined>();
  const ask = (from: number, signal?: AbortSignal): void => {
    loadBuilds({ project, state, before: from }, signal).then(
      (next) => {
        setBefore(next);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (error instanceof Failure) setProblem(error.problem);
      },
    );
  };
  useEffect(() => {
    const abort = new AbortController();
    ask(0, abort.signal);
    return () => abort.abort();
  }, [project, state]);
  return { more: before > 0, problem, load: () => ask(before) };
}

export function Builds({ route }: { route: BuildsRoute }): JSX.Element {
  const builds = useStore(known);
  const link = useStore(farmLink.state);
  const older = useOlder(route.project, route.state);
  const [projects, setProjects] = useState<string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    loadProjects(abort.signal).then(setProjects, () => undefined); // the names in the list do then
    return () => abort.abort();
  }, []);
  const live = builds?.some((build) => !isFinalBuild(build.state)) ?? false;
  const now = useNow(live ? 1000 : 0);
  const shown = filterBuilds(builds ?? [], route);
  const names = [...new Set([...projects, ...projectsOf(builds ?? [])])].sort();
  return (
    <>
      <div class="title-line">
        <h1 tabIndex={-1}>Builds</h1>
        <Filter route={route} projects={names} />
      </div>
      {!builds && <Pending state={link} what="the builds" retry={farmLink.retryNow} />}
      {builds && shown.length === 0 && (
        <Empty>
          {builds.length === 0 ? (
            <>
              <p>No build yet.</p>
              <p>
                In a folder with a compose file: <code>farmctl submit --parallel all</code>
              </p>
            </>
          ) : (
            <>
              <p>No build fits the filter.</p>
              <p>
                <a href={buildsLink()}>Show all builds</a>
              </p>
            </>
          )}
        </Empty>
      )}
      {shown.length > 0 && (
        <table class="list" data-list>
          <thead>
            <tr>
              <th scope="col">Build</th>
              <th scope="col">Project</th>
              <th scope="col">State</th>
              <th scope="col" class="roomy">
                Started
              </th>
              <th scope="col" class="num">
                Time
              </th>
              <th scope="col" class="num wide">
                Jobs
              </th>
              <th scope="col" class="num wide">
                Run
              </th>
              <th scope="col" class="num wide">
                Unchanged
              </th>
              <th scope="col" class="wide">
                Client
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((build) => (
              <Row key={build.build} build={build} now={now} />
            ))}
          </tbody>
        </table>
      )}
      {older.problem && builds && <ProblemBox problem={older.problem} retry={older.load} />}
      <p class="list-foot">
        <span class="muted" role="status">
          {builds && count(shown.length, 'build')}
        </span>
        {older.more && (
          <button type="button" onClick={older.load}>
            Older builds
          </button>
        )}
      </p>
    </>
  );
}
