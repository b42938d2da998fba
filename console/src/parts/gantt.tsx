// The timeline: a build over the agents it ran on.
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ticks } from '../core/axis';
import { count, duration, fit, offset, shortJob } from '../core/format';
import type { Bar, Gantt as Layout, Row, Seen } from '../core/gantt';
import { depthOf, layoutGantt, phaseNames } from '../core/gantt';
import { jobLink } from '../core/route';
import type { Box } from '../core/spatial';
import type { Build } from '../core/types';
import { useRoving } from './roving';

const laneHeight = 22;
const queueHeight = 12;
const queueLanesMax = 5; // a longer queue is drawn by its length
const depthHeight = 44;
const hitWidth = 14;
const labelHeight = 17;
const charWidth = 6.6;
const zooms = [1, 2, 4, 8, 16];

const heightOf = (row: Row): number => (row.kind === 'queue' ? queueHeight : laneHeight);

function Depth({ row, geometry }: { row: Row; geometry: Geometry }): JSX.Element {
  const height = (depth: number): number => depthHeight * (1 - depth / row.lanes);
  const path = depthOf(row.bars).map(({ at, depth }) => `H${geometry.x(at)}V${height(depth)}`);
  return <path class="p-queued" d={`M0 ${depthHeight}${path.join('')}V${depthHeight}Z`} />;
}

function barText(bar: Bar, layout: Layout): string {
  const { job } = bar;
  if (job.state === 'hit') return `${job.name}: hit, ${job.reason || 'unchanged'}`;
  const parts = bar.segments.map((segment) => `${phaseNames[segment.phase]} ${duration(segment.to - segment.from)}`).join(', ');
  const cached = job.steps > 0 && job.stepsCached > 0 ? `; ${job.stepsCached} of ${job.steps} steps cached` : '';
  const where = bar.segments[0]?.phase === 'queued' ? 'queued' : `on ${job.agent}, ${job.state}`;
  return `${job.name} ${where}, from ${offset(Math.round((bar.from - layout.from) / 100) * 100)}: ${parts}${cached}`;
}

interface Geometry {
  x: (at: number) => number;
  width: number;
}

interface Placed {
  bar: Bar;
  name: string; // of the element: a job may stand in the queue and on an agent
  x: number;
  y: number;
  width: number;
  height: number;
}

const byDepth = (row: Row): boolean => row.kind === 'queue' && row.lanes > queueLanesMax;

function place(row: Row, geometry: Geometry): Placed[] {
  if (byDepth(row)) return [];
  const perLine = Math.max(1, Math.floor(geometry.width / hitWidth));
  return row.bars.map((bar, index) => {
    const name = `${row.kind === 'queue' ? 'queued ' : ''}${bar.job.name}`;
    if (row.kind === 'hits') {
      const at = { x: (index % perLine) * hitWidth, y: Math.floor(index / perLine) * laneHeight };
      return { bar, name, ...at, width: hitWidth - 3, height: laneHeight - 4 };
    }
    const x = geometry.x(bar.from);
    return { bar, name, x, y: bar.lane * heightOf(row), width: Math.max(2, geometry.x(bar.to) - x), height: heightOf(row) - 3 };
  });
}

function BarShape({ placed, geometry }: { placed: Placed; geometry: Geometry }): JSX.Element {
  const { bar, x, y, width, height } = placed;
  if (bar.job.state === 'hit') return <path class="hit" d={`M${x + width / 2} ${y + 3}l6 6l-6 6l-6 -6z`} />;
  const failed = bar.job.state === 'failed' && bar.segments[0]?.phase !== 'queued';
  const chars = Math.floor((width - 6) / charWidth);
  return (
    <>
      {bar.segments.map((segment) => {
        const from = geometry.x(segment.from);
        const wide = Math.max(1, geometry.x(segment.to) - from);
        return (
          <rect
            key={segment.phase + segment.from}
            class={`p-${segment.phase}${failed && segment.phase === 'run' ? ' bad' : ''}`}
            x={from}
            y={y}
            width={wide}
            height={height}
          />
        );
      })}
      <rect class={`outline${bar.live ? ' live' : ''}${failed ? ' bad' : ''}`} x={x} y={y} width={width} height={height} rx="2" />
      {chars >= 4 && height > 14 && (
        <text x={x + 4} y={y + height / 2 + 4} aria-hidden="true">
          {fit(`${failed ? '✕ ' : ''}${shortJob(bar.job.name)}`, chars)}
        </text>
      )}
    </>
  );
}

interface GanttProps {
  build: Build;
  seen: Seen;
  now: number;
  selected: string;
}

export function Gantt({ build, seen, now, selected }: GanttProps): JSX.Element {
  const layout = useMemo(() => layoutGantt(build, seen, now), [build, seen, now]);
  const [zoom, setZoom] = useState(1);
  const [view, setView] = useState(600);
  const [pointed, setPointed] = useState('');
  const scroll = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  useEffect(() => {
    const node = scroll.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(() => setView(Math.max(200, node.clientWidth)));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  const width = view * zoom - 2;
  const scale = (width - 8) / (layout.to - layout.from);
  const geometry: Geometry = { width, x: (at) => (at - layout.from) * scale };
  useLayoutEffect(() => {
    if (layout.live && zoom > 1 && follow.current && scroll.current) scroll.current.scrollLeft = scroll.current.scrollWidth;
  });
  const rows = layout.rows.map((row) => ({ row, placed: place(row, geometry) }));
  let top = 0;
  const boxes: Box[] = rows.flatMap(({ row, placed }) => {
    const shifted = placed.map(({ name, x, y, width: wide, height }) => ({ name, x, y: y + top, width: wide, height }));
    top += rowHeight(row, placed) + labelHeight;
    return shifted;
  });
  const roving = useRoving(boxes, selected);
  const described = rows.flatMap(({ placed }) => placed).find((one) => one.name === pointed);
  const marks = ticks(layout.to - layout.from, width / 70);
  const onScroll = (): void => {
    const node = scroll.current;
    if (node) follow.current = node.scrollLeft + node.clientWidth > node.scrollWidth - 40;
  };
  const step = (by: number): void => setZoom(zooms[Math.max(0, Math.min(zooms.length - 1, zooms.indexOf(zoom) + by))] ?? 1);
  return (
    <div class="gantt" ref={roving.root} onKeyDown={roving.onKeyDown}>
      <div class="chart-tools">
        <Legend />
        <span role="group" aria-label="Zoom of the timeline">
          <button type="button" onClick={() => step(-1)} disabled={zoom === 1} aria-label="Zoom out">
            −
          </button>
          <span class="zoom">{zoom}×</span>
          <button type="button" onClick={() => step(1)} disabled={zoom === zooms[zooms.length - 1]} aria-label="Zoom in">
            +
          </button>
        </span>
      </div>
      <div class="gantt-scroll" ref={scroll} onScroll={onScroll} onPointerLeave={() => setPointed('')}>
        <svg class="axis" width={width} height="20" aria-hidden="true">
          {marks
            .filter((at) => at * scale < width - 36)
            .map((at) => (
              <text key={at} x={at * scale + 3} y="14">
                {offset(at)}
              </text>
            ))}
        </svg>
        {rows.map(({ row, placed }) => (
          <div
            key={row.kind + row.label}
            class={`gantt-row r-${row.kind}`}
            role="group"
            aria-label={`${row.label}: ${count(row.bars.length, 'job')}`}
          >
            <div class="gantt-label" aria-hidden="true">
              <b>{row.label}</b> {rowNote(row)}
            </div>
            <svg width={width} height={rowHeight(row, placed)}>
              {row.kind !== 'hits' && marks.map((at) => <line key={at} class="grid" x1={at * scale} x2={at * scale} y1="0" y2="100%" />)}
              {byDepth(row) && <Depth row={row} geometry={geometry} />}
              {placed.map((one) => (
                <a
                  key={one.name}
                  class={one.bar.job.name === selected ? 'bar selected' : 'bar'}
                  href={jobLink(build.build, one.bar.job.name)}
                  data-name={one.name}
                  tabIndex={one.name === roving.stop ? 0 : -1}
                  onFocus={() => {
                    roving.onFocus(one.name);
                    setPointed(one.name);
                  }}
                  onPointerEnter={() => setPointed(one.name)}
                >
                  <title>{barText(one.bar, layout)}</title>
                  <BarShape placed={one} geometry={geometry} />
                </a>
              ))}
            </svg>
          </div>
        ))}
      </div>
      <p class="detail" aria-hidden="true">
        {described ? barText(described.bar, layout) : 'Point at a job for its times; choose it for its log and reasons.'}
      </p>
    </div>
  );
}

function rowHeight(row: Row, placed: readonly Placed[]): number {
  if (row.kind === 'hits') return Math.max(...placed.map((one) => one.y)) + laneHeight;
  return byDepth(row) ? depthHeight + 2 : row.lanes * heightOf(row) + 1;
}

function rowNote(row: Row): string {
  if (row.kind === 'hits') return `${count(row.bars.length, 'hit')}: results that were known`;
  if (row.kind === 'queue')
    return byDepth(row) ? `ready, without a slot: up to ${count(row.lanes, 'job')} at a time` : 'ready, without a slot';
  return count(row.bars.length, 'job');
}

function Legend(): JSX.Element {
  const entries = [
    ['queued', 'queued'],
    ['fetch', 'fetch'],
    ['run', 'run'],
    ['push', 'push'],
    ['verify', 'report, verify'],
  ] as const;
  return (
    <ul class="legend" aria-label="Colours">
      {entries.map(([phase, name]) => (
        <li key={phase}>
          <svg width="14" height="10" aria-hidden="true">
            <rect class={`p-${phase}`} width="14" height="10" />
          </svg>
          {name}
        </li>
      ))}
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <path class="hit" d="M7 0l6 6l-6 6l-6 -6z" />
        </svg>
        hit
      </li>
    </ul>
  );
}
