import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticks } from '../../src/core/axis';
import { depthOf, layoutGantt, phaseOf } from '../../src/core/gantt';
import type { Seen } from '../../src/core/gantt';
import { seePhases } from '../../src/core/state';
import { build, job } from './make';

const none: Seen = new Map();
const ran = (name: string, agent: string, from: number, to: number) =>
  job(name, { agent, state: 'succeeded', attempts: 1, readyMs: from, assignedMs: from, finishedMs: to, runMs: to - from });

test('phases of a job that ended follow its measured times, and the rest is the report', () => {
  const one = job('a', {
    agent: 'x',
    state: 'succeeded',
    readyMs: 900,
    assignedMs: 1000,
    fetchMs: 100,
    runMs: 500,
    pushMs: 200,
    finishedMs: 2000,
  });
  const rows = layoutGantt(build([one], { createdMs: 900, finishedMs: 2000, state: 'succeeded' }), none, 9999).rows;
  const bar = rows.find((row) => row.kind === 'agent')?.bars[0];
  assert.deepEqual(
    bar?.segments.map((segment) => [segment.phase, segment.from, segment.to]),
    [
      ['fetch', 1000, 1100],
      ['run', 1100, 1600],
      ['push', 1600, 1800],
      ['verify', 1800, 2000],
    ],
  );
});

test('measured times that say more than there was are cut at the end', () => {
  const one = job('a', { agent: 'x', state: 'failed', assignedMs: 1000, fetchMs: 100, runMs: 5000, pushMs: 200, finishedMs: 2000 });
  const segments = layoutGantt(build([one], { createdMs: 1000 }), none, 3000).rows[0]?.bars[0]?.segments ?? [];
  assert.equal(segments[segments.length - 1]?.to, 2000);
  assert.deepEqual(
    segments.map((segment) => segment.phase),
    ['fetch', 'run'],
  );
});

test('a running job grows with the clock, and its phases stand where they were seen to begin', () => {
  const at = (phase: string) =>
    build([job('a', { agent: 'x', state: 'assigned', readyMs: 1000, assignedMs: 1000, phase })], { createdMs: 1000 });
  let seen = seePhases(none, at('fetching slices'), 1100);
  seen = seePhases(seen, at('building 1/7: cargo build'), 1500);
  seen = seePhases(seen, at('building 2/7: cargo build'), 1700);
  const later = (now: number) => layoutGantt(at('building 2/7: cargo build'), seen, now).rows.find((row) => row.kind === 'agent')?.bars[0];
  assert.deepEqual(
    later(2000)?.segments.map((one) => [one.phase, one.from, one.to]),
    [
      ['fetch', 1000, 1500],
      ['run', 1500, 2000],
    ],
  );
  assert.equal(later(2500)?.to, 2500);
  assert.equal(later(2500)?.live, true);
});

test('phases of an earlier attempt are forgotten', () => {
  const first = build([job('a', { agent: 'x', state: 'assigned', assignedMs: 1000, phase: 'pushing' })]);
  const again = build([job('a', { agent: 'y', state: 'assigned', assignedMs: 5000, phase: 'fetching' })]);
  const seen = seePhases(seePhases(none, first, 1000), again, 5100);
  assert.deepEqual(seen.get('a'), [{ phase: 'fetch', at: 5000 }]);
});

test('jobs side by side on an agent take lanes, one after another share one', () => {
  const layout = layoutGantt(
    build([ran('a', 'x', 0 + 1, 100), ran('b', 'x', 50, 150), ran('c', 'x', 100, 200), ran('d', 'y', 1, 2)]),
    none,
    200,
  );
  const x = layout.rows.find((row) => row.label === 'x');
  assert.equal(x?.lanes, 2);
  assert.deepEqual(
    x?.bars.map((bar) => [bar.job.name, bar.lane]),
    [
      ['a', 0],
      ['b', 1],
      ['c', 0],
    ],
  );
  assert.deepEqual(
    layout.rows.map((row) => row.label),
    ['x', 'y'],
  );
});

test('waiting jobs stand in the queue until they are assigned, noise left out', () => {
  const waits = job('w', { state: 'waiting', readyMs: 500 });
  const waited = job('v', { ...ran('v', 'x', 700, 900), readyMs: 300 });
  const layout = layoutGantt(build([waits, waited, ran('n', 'x', 100, 200)], { createdMs: 100 }), none, 1000);
  const queue = layout.rows.find((row) => row.kind === 'queue');
  assert.deepEqual(
    queue?.bars.map((bar) => [bar.job.name, bar.from, bar.to, bar.live]),
    [
      ['v', 300, 700, false],
      ['w', 500, 1000, true],
    ],
  );
});

test('hits have a row of their own, and jobs that never ran have none', () => {
  const layout = layoutGantt(
    build([job('h', { state: 'hit' }), job('s', { state: 'skipped' })], { createdMs: 10, finishedMs: 20, state: 'failed' }),
    none,
    90,
  );
  assert.deepEqual(
    layout.rows.map((row) => [row.kind, row.bars.length]),
    [['hits', 1]],
  );
  assert.deepEqual([layout.from, layout.to, layout.live], [10, 20, false]);
});

test('the length of the queue is known at each moment', () => {
  const rows = layoutGantt(
    build(
      ['a', 'b'].map((name, i) => job(name, { state: 'waiting', readyMs: 100 + i * 50 })),
      { createdMs: 100 },
    ),
    none,
    300,
  ).rows;
  assert.deepEqual(depthOf(rows[0]!.bars), [
    { at: 100, depth: 1 },
    { at: 150, depth: 2 },
    { at: 300, depth: 0 },
  ]);
});

test('what a job does is told from its state and its words', () => {
  const of = (phase: string) => phaseOf(job('a', { state: 'assigned', phase }));
  assert.deepEqual(['starting', 'fetching 3 slices', 'building 7/12: cargo build', 'pushing', 'reporting', 'verifying'].map(of), [
    'fetch',
    'fetch',
    'run',
    'push',
    'verify',
    'verify',
  ]);
});

test('marks of an axis are round and few', () => {
  assert.deepEqual(ticks(10_000, 6), [0, 2000, 4000, 6000, 8000, 10_000]);
  assert.deepEqual(ticks(95_000, 4), [0, 30_000, 60_000, 90_000]);
  assert.deepEqual(ticks(0, 5), [0]);
  assert.ok(ticks(1e12, 5).length <= 6);
});
