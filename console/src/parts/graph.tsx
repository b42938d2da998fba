// The job graph: what stands on what. The table of jobs says the same in words.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { criticalChain } from '../core/critical';
import { duration, fit, shortJob } from '../core/format';
import type { GraphSizes, Placed } from '../core/graph';
import { edgePath, layoutGraph, related } from '../core/graph';
import { jobLink } from '../core/route';
import type { Build, Job } from '../core/types';
import { isRunning } from '../core/types';
import { useRoving } from './roving';

const nodeHeight = 38;
const margin = 6;
const charWidth = 7.4;

// Wide enough for most names; longer ones are cut in the middle.
function sizesFor(jobs: readonly Job[]): GraphSizes {
  const longest = Math.max(0, ...jobs.map((job) => shortJob(job.name).length));
  return { nodeWidth: Math.round(Math.min(240, Math.max(130, longest * charWidth + 24))), nodeHeight, gapX: 44, gapY: 10 };
}

export function jobTime(job: Job, now: number): number {
  if (job.assignedMs === 0) return 0;
  return Math.max(0, (isRunning(job) || job.finishedMs === 0 ? now : job.finishedMs) - job.assignedMs);
}

function second(job: Job, now: number): string {
  if (job.state === 'hit') return 'hit';
  if (job.state === 'waiting') return job.readyMs > 0 ? 'queued' : 'waits';
  const time = jobTime(job, now);
  return time > 0 ? `${job.state === 'assigned' ? job.phase.split(':')[0] || 'running' : job.state} · ${duration(time)}` : job.state;
}

interface NodeProps {
  job: Job;
  now: number;
  at: Placed;
  width: number;
  selected: boolean;
  dim: boolean;
}

function Node({ job, now, at, width, selected, dim }: NodeProps): JSX.Element {
  const chars = Math.floor((width - 18) / charWidth);
  return (
    <g class={`node s-${job.state}${selected ? ' selected' : ''}${dim ? ' dim' : ''}`} transform={`translate(${at.x} ${at.y})`}>
      <rect class="box" width={width} height={nodeHeight} rx="4" />
      <rect class="band" width="4" height={nodeHeight} rx="2" />
      {isRunning(job) && <rect class="progress" x="4" y={nodeHeight - 3} height="3" width={(width - 4) * job.progress} />}
      <text class="name" x="12" y="16">
        {fit(shortJob(job.name), chars)}
      </text>
      <text class="more" x="12" y="30">
        {fit(second(job, now), chars + 2)}
      </text>
    </g>
  );
}

export function Graph({ build, now, selected }: { build: Build; now: number; selected: string }): JSX.Element {
  const shape = build.jobs.map((job) => `${job.name}\u0000${job.needs.join('\u0000')}`).join('\u0001');
  const { sizes, layout } = useMemo(() => {
    const fitting = sizesFor(build.jobs);
    return { sizes: fitting, layout: layoutGraph(build.jobs, fitting) };
  }, [shape]);
  const [pointed, setPointed] = useState('');
  const chain = useMemo(() => criticalChain(build).map((job) => job.name), [build]);
  const onChain = (from: string, to: string): boolean => chain.indexOf(from) >= 0 && chain[chain.indexOf(from) + 1] === to;
  const jobs = useMemo(() => new Map(build.jobs.map((job) => [job.name, job])), [build]);
  const boxes = layout.nodes.map(({ name, x, y }) => ({ name, x, y, width: sizes.nodeWidth, height: nodeHeight }));
  const roving = useRoving(boxes, selected);
  const lit = pointed === '' ? undefined : related(build.jobs, pointed);
  const inLight = (from: string, to: string): boolean => !lit || (lit.has(from) && lit.has(to));
  return (
    <div class="graph" ref={roving.root} onKeyDown={roving.onKeyDown} onPointerLeave={() => setPointed('')}>
      <svg
        width={layout.width + 2 * margin}
        height={layout.height + 2 * margin}
        role="group"
        aria-label={`Graph of ${build.jobs.length} jobs`}
      >
        <g transform={`translate(${margin} ${margin})`}>
          {layout.edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              d={edgePath(edge.points)}
              class={`edge${onChain(edge.from, edge.to) ? ' critical' : ''}${inLight(edge.from, edge.to) ? '' : ' dim'}`}
            />
          ))}
          {layout.nodes.map((at) => {
            const { name } = at;
            const job = jobs.get(name);
            if (!job) return null;
            const needs = job.needs.length > 0 ? `, stands on ${job.needs.join(', ')}` : '';
            return (
              <a
                key={name}
                href={jobLink(build.build, name)}
                data-name={name}
                tabIndex={name === roving.stop ? 0 : -1}
                onFocus={() => {
                  roving.onFocus(name);
                  setPointed(name);
                }}
                onBlur={() => setPointed('')}
                onPointerEnter={() => setPointed(name)}
              >
                <title>{`${name}: ${second(job, now)}${needs}`}</title>
                <Node
                  job={job}
                  now={now}
                  at={at}
                  width={sizes.nodeWidth}
                  selected={name === selected}
                  dim={lit !== undefined && !lit.has(name)}
                />
              </a>
            );
          })}
        </g>
      </svg>
    </div>
  );
}
