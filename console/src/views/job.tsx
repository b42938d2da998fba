// One job: why it ran or waits, where, its times, its log.
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { bytes, duration, shortDigest } from '../core/format';
import { buildLink, jobLink } from '../core/route';
import type { Problem } from '../core/state';
import type { Build, Job } from '../core/types';
import { isFinalJob } from '../core/types';
import { explainJob, whyNoLog } from '../core/why';
import { Failure } from '../live/api';
import { useExplanation } from '../live/explanation';
import { useLink } from '../live/hooks';
import { followLog, wholeLog } from '../live/log_feed';
import { useStore } from '../live/store';
import { Steps, WhyNoAgent, WhyRebuilt } from '../parts/explained';
import { jobTime } from '../parts/graph';
import { LogView } from '../parts/log_view';
import { Badge, Fact, ProblemBox } from '../parts/small';

function Times({ job, now }: { job: Job; now: number }): JSX.Element {
  return (
    <dl class="facts">
      {job.assignedMs > 0 && <Fact name="Time">{duration(jobTime(job, now))}</Fact>}
      {job.readyMs > 0 && <Fact name="Queued">{duration(job.queuedMs)}</Fact>}
      {job.fetchMs > 0 && <Fact name="Fetch">{duration(job.fetchMs)}</Fact>}
      {job.runMs > 0 && <Fact name="Run">{duration(job.runMs)}</Fact>}
      {job.pushMs > 0 && <Fact name="Push">{duration(job.pushMs)}</Fact>}
      {job.steps > 0 && (
        <Fact name="Steps">
          {job.steps}, {job.stepsCached} cached
        </Fact>
      )}
      {job.fetchedBytes > 0 && <Fact name="Fetched">{bytes(job.fetchedBytes)}</Fact>}
      {job.pushedBytes > 0 && <Fact name="Pushed">{bytes(job.pushedBytes)}</Fact>}
      {job.agent !== '' && <Fact name="Agent">{job.agent}</Fact>}
      <Fact name="Kind">{job.kind}</Fact>
      {job.digest !== '' && (
        <Fact name="Image">
          <span title={job.digest}>{shortDigest(job.digest)}</span>
        </Fact>
      )}
      {job.key !== '' && (
        <Fact name="Key">
          <span title={job.key}>{shortDigest(job.key)}</span>
        </Fact>
      )}
    </dl>
  );
}

function saveAs(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${name.replace(/[^\w.-]+/g, '-')}.log`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function Log({ build, job }: { build: Build; job: Job }): JSX.Element {
  const feed = useMemo(() => followLog(build.build, job.name), [build.build, job.name]);
  useLink(feed.link);
  const state = useStore(feed.link.state);
  const [unsaved, setUnsaved] = useState<Problem | undefined>();
  const save = (): void => {
    wholeLog(build.build, job.name).then(
      (blob) => {
        setUnsaved(undefined);
        saveAs(`build-${build.build}-${job.name}`, blob);
      },
      (error: unknown) => setUnsaved(error instanceof Failure ? error.problem : undefined),
    );
  };
  return (
    <>
      {state.problem && <ProblemBox problem={state.problem} retry={feed.link.retryNow} />}
      {unsaved && <ProblemBox problem={unsaved} retry={save} />}
      <LogView feed={feed} empty={whyNoLog(job)} onSave={save} name={job.name} />
    </>
  );
}

function Links({ title, names, build }: { title: string; names: string[]; build: Build }): JSX.Element | null {
  if (names.length === 0) return null;
  return (
    <p class="links">
      <span class="muted">{title}</span>{' '}
      {names.map((name) => (
        <a key={name} href={jobLink(build.build, name)}>
          {name}
        </a>
      ))}
    </p>
  );
}

function Explained({ build, job }: { build: Build; job: Job }): JSX.Element {
  const { explanation, problem, retry } = useExplanation(build.build, job);
  return (
    <>
      {problem && <ProblemBox problem={problem} retry={retry} />}
      {explanation && <WhyRebuilt explanation={explanation} build={build.build} job={job} />}
      {explanation && job.state === 'waiting' && <WhyNoAgent explanation={explanation} />}
      {explanation && <Steps explanation={explanation} />}
    </>
  );
}

export function JobPanel({ build, job, now }: { build: Build; job: Job; now: number }): JSX.Element {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever opened it goes on reading here. At the page's first showing nobody did.
    if (document.activeElement !== document.body) title.current?.focus();
  }, []);
  const hasLog = job.attempts > 0 || job.agent !== '';
  const users = build.jobs.filter((one) => one.needs.includes(job.name)).map((one) => one.name);
  return (
    <aside class="job" aria-labelledby="job-title">
      <div class="title-line">
        <h2 id="job-title" tabIndex={-1} ref={title}>
          {job.name}
        </h2>
        <Badge state={job.state} />
        <a class="close" href={buildLink(build.build)} aria-label="Close the job" title="Back to the build (u)">
          ✕
        </a>
      </div>
      {!isFinalJob(job.state) && job.progress > 0 && <progress max={1} value={job.progress} aria-label="Progress" />}
      <dl class="why-lines">
        {explainJob(build, job).map((line) => (
          <div key={line.what}>
            <dt>{line.what}</dt>
            <dd>{line.text}</dd>
          </div>
        ))}
        {job.cause !== '' && (
          <div>
            <dt>Cause of the miss</dt>
            <dd>
              <code>{job.cause}</code>
            </dd>
          </div>
        )}
      </dl>
      <Explained build={build} job={job} />
      <Times job={job} now={now} />
      <Links title="Stands on" names={job.needs.filter((name) => build.jobs.some((one) => one.name === name))} build={build} />
      <Links title="Needed by" names={users} build={build} />
      {hasLog ? <Log build={build} job={job} /> : <p class="muted">{whyNoLog(job)}</p>}
    </aside>
  );
}
