// One build: what came out, when and where it ran, what stands on what, and a job's panel beside it.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { chainSum, criticalChain } from '../core/critical';
import { bytes, count, duration, percent, shortDigest } from '../core/format';
import type { Seen } from '../core/gantt';
import { jobLink } from '../core/route';
import type { LinkState } from '../core/state';
import type { Build as BuildValue, Job, Service } from '../core/types';
import { isFinalBuild, isRunning } from '../core/types';
import { followBuild } from '../live/feeds';
import { calm, useLink, useNow } from '../live/hooks';
import type { Link } from '../live/link';
import { useStore } from '../live/store';
import { CancelBuild } from '../parts/actions';
import { Gantt } from '../parts/gantt';
import { Graph, jobTime } from '../parts/graph';
import { Ago, Badge, Empty, Fact, Name, Pending } from '../parts/small';
import { JobPanel } from './job';

// The same headline before and after loading: whoever reads on there is not thrown out.
function Title({ number, build }: { number: number; build: BuildValue | undefined }): JSX.Element {
  return (
    <div class="title-line">
      <h1 tabIndex={-1}>
        {build ? build.project : 'Build'} <span class="muted">{build ? `build ${number}` : number}</span>
      </h1>
      {build && <Badge state={build.state} />}
      {build && <CancelBuild build={build} />}
    </div>
  );
}

function Head({ build, now }: { build: BuildValue; now: number }): JSX.Element {
  const { counters } = build;
  const live = !isFinalBuild(build.state);
  const failed = build.jobs.filter((job) => job.state === 'failed');
  return (
    <>
      <dl class="facts">
        <Fact name="Time">{duration((live ? now : build.finishedMs) - build.createdMs)}</Fact>
        <Fact name="Started">
          <Ago ms={build.createdMs} />
        </Fact>
        {build.client !== '' && <Fact name="Client">{build.client}</Fact>}
        <Fact name="Parallel">{build.parallel === 0 ? 'all' : build.parallel}</Fact>
        <Fact name="Jobs run">{counters.jobsRun}</Fact>
        <Fact name="Hits">
          {counters.jobsHit} <span class="muted">({percent(counters.jobsHit, counters.jobsHit + counters.jobsRun)})</span>
        </Fact>
        {counters.jobsShared > 0 && <Fact name="Shared">{counters.jobsShared}</Fact>}
        {counters.retries > 0 && <Fact name="Retries">{counters.retries}</Fact>}
        <Fact name="Fetched">{bytes(counters.fetchedBytes)}</Fact>
        <Fact name="Pushed">{bytes(counters.pushedBytes)}</Fact>
      </dl>
      {build.reason !== '' && build.state !== 'succeeded' && (
        <div class={build.state === 'failed' ? 'problem' : 'note'}>
          <p>{build.reason}</p>
          {failed.length > 0 && (
            <p>
              {failed.map((job) => (
                <a key={job.name} href={jobLink(build.build, job.name)}>
                  Log of {job.name}
                </a>
              ))}
            </p>
          )}
        </div>
      )}
    </>
  );
}

function ServiceRow({ service, build, now }: { service: Service; build: BuildValue; now: number }): JSX.Element {
  const job = build.jobs.find((one) => one.name === service.job);
  return (
    <tr data-row>
      <td>
        <a class="row-link" href={jobLink(build.build, service.job)}>
          <Name of={service.service} />
        </a>
      </td>
      <td>
        <Badge state={service.result === 'pending' && job ? job.state : service.result} />
      </td>
      <td class="num">{job && job.assignedMs > 0 ? duration(jobTime(job, now)) : '-'}</td>
      <td class="grow why">
        <div class="cut">{service.result === 'pending' ? job?.phase || 'waits' : service.reason}</div>
      </td>
      <td class="wide">
        <span title={service.digest}>{shortDigest(service.digest)}</span>
      </td>
    </tr>
  );
}

function Services({ build, now }: { build: BuildValue; now: number }): JSX.Element {
  return (
    <section aria-labelledby="services">
      <h2 id="services">Services</h2>
      <table class="list" data-list>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Result</th>
            <th scope="col" class="num">
              Time
            </th>
            <th scope="col">Why</th>
            <th scope="col" class="wide">
              Image
            </th>
          </tr>
        </thead>
        <tbody>
          {build.services.map((service) => (
            <ServiceRow key={service.service} service={service} build={build} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function JobRow({ job, build, now, chosen }: { job: Job; build: BuildValue; now: number; chosen: boolean }): JSX.Element {
  const time = (ms: number): string => (ms > 0 ? duration(ms) : '-');
  return (
    <tr data-row>
      <td>
        <a class="row-link" href={jobLink(build.build, job.name)} data-job={job.name} aria-current={chosen ? 'true' : undefined}>
          <Name of={job.name} />
        </a>
      </td>
      <td>
        <Badge state={job.state} />
      </td>
      <td class="wide">{job.agent || '-'}</td>
      <td class="num wide">{time(job.queuedMs)}</td>
      <td class="num wide">{time(job.fetchMs)}</td>
      <td class="num wide">{time(job.runMs)}</td>
      <td class="num wide">{time(job.pushMs)}</td>
      <td class="num">{time(jobTime(job, now))}</td>
      <td class="num wide">{job.steps > 0 ? `${job.stepsCached} of ${job.steps}` : '-'}</td>
      <td class="wide why">{job.needs.join(', ') || '-'}</td>
    </tr>
  );
}

// The words behind timeline and graph.
function Jobs({ build, now, selected }: { build: BuildValue; now: number; selected: string }): JSX.Element {
  return (
    <section aria-labelledby="jobs">
      <h2 id="jobs">
        Jobs <span class="muted">timeline and graph as a table</span>
      </h2>
      <table class="list" data-list>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">State</th>
            <th scope="col" class="wide">
              Agent
            </th>
            <th scope="col" class="num wide">
              Queued
            </th>
            <th scope="col" class="num wide">
              Fetch
            </th>
            <th scope="col" class="num wide">
              Run
            </th>
            <th scope="col" class="num wide">
              Push
            </th>
            <th scope="col" class="num">
              Time
            </th>
            <th scope="col" class="num wide">
              Cached steps
            </th>
            <th scope="col" class="wide">
              Stands on
            </th>
          </tr>
        </thead>
        <tbody>
          {build.jobs.map((job) => (
            <JobRow key={job.name} job={job} build={build} now={now} chosen={job.name === selected} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Chain({ build }: { build: BuildValue }): JSX.Element | null {
  const chain = useMemo(() => criticalChain(build), [build]);
  if (!isFinalBuild(build.state) || chain.length === 0) return null;
  const sum = chainSum(build, chain);
  return (
    <p class="chain">
      Longest chain:{' '}
      {chain.map((job, index) => (
        <>
          {index > 0 && ' → '}
          <a key={job.name} href={jobLink(build.build, job.name)}>
            {job.name}
          </a>
        </>
      ))}
      .{' '}
      <span class="muted">
        {duration(sum.runMs)} of work and {duration(sum.waitMs)} in the queue, of {duration(sum.totalMs)}.
      </span>
    </p>
  );
}

// When a job's panel closes, the focus goes back to the job's row.
function useBackToRow(job: string): void {
  const before = useRef('');
  useEffect(() => {
    if (before.current !== '' && job === '') {
      const rows = document.querySelectorAll<HTMLElement>('[data-job]');
      [...rows].find((row) => row.dataset.job === before.current)?.focus();
    }
    before.current = job;
  }, [job]);
}

function Body({ build, seen, now, job }: { build: BuildValue; seen: Seen; now: number; job: string }): JSX.Element {
  const drawn = build.jobs.some((one) => isRunning(one) || one.readyMs > 0 || one.state === 'hit');
  return (
    <>
      <Head build={build} now={now} />
      <section aria-labelledby="timeline">
        <h2 id="timeline">Timeline</h2>
        {drawn ? (
          <Gantt build={build} seen={seen} now={now} selected={job} />
        ) : (
          <Empty>
            <p>{isFinalBuild(build.state) ? 'No job ran.' : 'Nothing is ready to run yet.'}</p>
          </Empty>
        )}
        <Chain build={build} />
      </section>
      <Services build={build} now={now} />
      <section aria-labelledby="graph">
        <h2 id="graph">
          Graph <span class="muted">{count(build.jobs.length, 'job')}</span>
        </h2>
        {build.jobs.length > 0 ? (
          <Graph build={build} now={now} selected={job} />
        ) : (
          <Empty>
            <p>No job was needed.</p>
          </Empty>
        )}
      </section>
      <Jobs build={build} now={now} selected={job} />
    </>
  );
}

interface BuildProps {
  number: number;
  job: string;
  onLink: (link: Link) => void;
}

export function Build({ number, job, onLink }: BuildProps): JSX.Element {
  const feed = useMemo(() => followBuild(number), [number]);
  useLink(feed.link);
  useEffect(() => onLink(feed.link), [feed]);
  useBackToRow(job);
  const build = useStore(feed.build);
  const seen = useStore(feed.seen);
  const state: LinkState = useStore(feed.link.state);
  const live = build !== undefined && !isFinalBuild(build.state);
  const now = useNow(live ? (calm() || build.jobs.length > 100 ? 1000 : 300) : 0);
  const chosen = build?.jobs.find((one) => one.name === job);
  return (
    <div class={build && job !== '' ? 'build with-job' : 'build'}>
      <div class="build-main">
        <Title number={number} build={build} />
        {build ? (
          <Body build={build} seen={seen} now={now} job={job} />
        ) : (
          <Pending state={state} what={`build ${number}`} retry={feed.link.retryNow} />
        )}
      </div>
      {build && chosen && <JobPanel key={`${number}/${job}`} build={build} job={chosen} now={now} />}
      {build && job !== '' && !chosen && (
        <aside class="job">
          <Empty>
            <p>
              Build {number} has no job “{job}”.
            </p>
          </Empty>
        </aside>
      )}
    </div>
  );
}
