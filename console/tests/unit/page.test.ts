import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '../../src/core/backoff';
import { mergeBuilds } from '../../src/core/builds';
import { clockOffset } from '../../src/core/clock';
import { filterBuilds } from '../../src/core/filter';
import { ago, bytes, count, duration, fit, offset, percent, shortDigest } from '../../src/core/format';
import { keyLines, keyStep } from '../../src/core/keys';
import { readAgents, readBuild, readCache, readFarm, readLogPart } from '../../src/core/read';
import { buildsLink, jobLink, parseRoute } from '../../src/core/route';
import { announce, newLink, reduceLink } from '../../src/core/state';
import { explainJob, whyNoLog } from '../../src/core/why';
import { build, job, summary } from './make';

test('lengths of time read as farmctl prints them', () => {
  assert.deepEqual([0, 20, 8349, 59_999, 94_300, 3_725_000].map(duration), [
    '0.00 s',
    '0.02 s',
    '8.3 s',
    '59.9 s',
    '1 min 34 s',
    '1 h 2 min',
  ]);
  assert.deepEqual([0, 500, 30_000, 120_000, 150_000, 3_900_000].map(offset), ['0', '500 ms', '30 s', '2 min', '2:30', '1 h 05']);
});

test('sizes, counts and shares', () => {
  assert.deepEqual([0, 999, 14_380, 282_600_809].map(bytes), ['0 B', '999 B', '14.4 kB', '282.6 MB']);
  assert.deepEqual([count(1, 'job'), count(1200, 'job')], ['1 job', '1,200 jobs']);
  assert.deepEqual([percent(1, 3), percent(0, 0)], ['33 %', '-']);
  assert.equal(shortDigest('sha256:0123456789abcdef'), '0123456789ab');
});

test('relative times, also of a clock that is ahead', () => {
  const now = 1_000_000_000;
  assert.deepEqual(
    [1000, 12_000, 200_000, 7_300_000, 300_000_000, -5000].map((back) => ago(now - back, now)),
    ['just now', '12 s ago', '3 min ago', '2 h ago', '3 days ago', 'just now'],
  );
});

test('long names keep both ends', () => {
  assert.deepEqual([fit('short', 9), fit('execution_service_rust', 11), fit('abc', 1)], ['short', 'execu…_rust', '…']);
});

test('addresses lead to views and back', () => {
  const name = 'image a/b?c#d%';
  assert.deepEqual(parseRoute(jobLink(12, name)), { view: 'build', build: 12, job: name });
  assert.deepEqual(parseRoute(buildsLink({ project: 'a b', state: 'failed' })), {
    view: 'builds',
    project: 'a b',
    state: 'failed',
    query: '',
  });
  assert.deepEqual(parseRoute(''), { view: 'builds', project: '', state: '', query: '' });
  assert.deepEqual(parseRoute('#/agents'), { view: 'agents' });
  for (const wrong of ['#/builds/x', '#/builds/-1', '#/builds/1/jobs', '#/nothing', '#/builds/%E0%A4%A'])
    assert.equal(parseRoute(wrong).view, 'unknown', wrong);
});

test('the list of builds is filtered by project, state and text', () => {
  const builds = [summary({ build: 3, state: 'running' }), summary({ build: 2, project: 'shop', state: 'failed' }), summary({ build: 1 })];
  const numbers = (project: string, state: string, query: string) =>
    filterBuilds(builds, { project, state, query }).map((one) => one.build);
  assert.deepEqual(
    [numbers('', '', ''), numbers('shop', '', ''), numbers('', 'live', ''), numbers('', 'failed', '')],
    [[3, 2, 1], [2], [3], [2]],
  );
  assert.deepEqual([numbers('', '', 'SHO'), numbers('', '', '#1'), numbers('market', 'failed', '')], [[2], [1], []]);
});

test('later news of a build replace earlier ones, newest first', () => {
  const merged = mergeBuilds([summary({ build: 1, state: 'running' })], [summary({ build: 2 }), summary({ build: 1, state: 'failed' })]);
  assert.deepEqual(
    merged.map((one) => [one.build, one.state]),
    [
      [2, 'succeeded'],
      [1, 'failed'],
    ],
  );
});

test('answers with holes, other types and news are read all the same', () => {
  for (const junk of [null, 7, [], {}, { jobs: 'x', services: [1], counters: [] }, { builds: [{}] }]) {
    assert.equal(readBuild(junk).state, 'running');
    assert.deepEqual(readAgents(junk), []);
    assert.equal(readCache(junk).complete, true);
    assert.equal(readFarm(junk).slots, 0);
    assert.equal(readLogPart(junk).text, '');
  }
  const read = readBuild({ jobs: [{ name: 'a', state: 'assigned', progress_permille: 420, needs: ['x', 3] }], brand_new: 1 });
  assert.deepEqual([read.jobs[0]?.progress, read.jobs[0]?.needs], [0.42, ['x']]);
});

test('a lost connection keeps what is known and counts its tries', () => {
  const problem = { message: 'gone', remedy: '', status: 0 };
  let state = reduceLink(newLink, { type: 'open', now: 5 });
  state = reduceLink(state, { type: 'failed', problem, retryAt: 99 });
  state = reduceLink(reduceLink(state, { type: 'connecting' }), { type: 'failed', problem, retryAt: 199 });
  assert.deepEqual([state.connection, state.failures, state.asOf, state.retryAt], ['lost', 2, 5, 199]);
  assert.equal(reduceLink(state, { type: 'connecting' }).connection, 'lost');
  state = reduceLink(state, { type: 'open', now: 300 });
  assert.deepEqual([state.connection, state.failures, state.problem], ['live', 0, undefined]);
});

test('waits between tries double up to half a minute', () => {
  assert.deepEqual(
    [1, 2, 3, 9, 1000].map((failures) => backoffMs(failures, 0)),
    [1000, 2000, 4000, 30_000, 30_000],
  );
  assert.equal(backoffMs(1, 1), 750);
});

test('a clock that differs is made up for, a slow answer is not', () => {
  assert.deepEqual([clockOffset(70_000, 10_000), clockOffset(10_200, 10_000), clockOffset(0, 10_000)], [60_000, 0, 0]);
});

test('ends and failures are said aloud once', () => {
  const before = build([job('a', { state: 'assigned' })]);
  const after = build([job('a', { state: 'failed' })], { state: 'failed' });
  assert.equal(announce(before, after), 'Job a failed. Build 1 failed.');
  assert.equal(announce(after, after), '');
  assert.equal(announce(undefined, after), '');
});

test('a job tells why it ran, waits, or did not run', () => {
  const lines = (change: Parameters<typeof job>[1]) =>
    Object.fromEntries(explainJob(build([]), job('a', change)).map((line) => [line.what, line.text]));
  assert.match(
    lines({ state: 'succeeded', reason: 'slice crate:core changed', cause: 'source' })['Why it runs']!,
    /slice crate:core changed.*file/,
  );
  assert.equal(lines({ state: 'waiting', phase: 'waits for deps' })['Waits for'], 'deps');
  assert.match(lines({ state: 'hit', reason: 'unchanged' })['Why it did not run']!, /same key/);
  assert.equal(lines({ state: 'failed', reason: 'exit 101' })['Why it failed'], 'exit 101');
  assert.match(lines({ state: 'assigned', attempts: 2, placement: 'holds deps' })['Attempts']!, /2/);
  assert.match(whyNoLog(job('a', { state: 'hit' })), /nothing ran/);
});

test('keys act alone or after g, and the help names each', () => {
  assert.deepEqual(
    [keyStep('', 'g'), keyStep('g', 'a'), keyStep('g', 'x')],
    [{ waiting: 'g' }, { waiting: '', action: 'agents' }, { waiting: '' }],
  );
  assert.deepEqual(
    [keyStep('', '?').action, keyStep('', 'constructor').action, keyStep('', 'N').action],
    ['help', undefined, 'match-previous'],
  );
  for (const key of ['?', 't', '/', 'u', 'j', 'k', 'n', 'N', 'f', 'w'])
    assert.ok(
      keyLines.some((line) => line.keys === key),
      key,
    );
});
