import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutList, readExplanation, stepBars } from '../../src/core/explanation';

test('an explanation is read with the jobs below, and whatever is absent is empty', () => {
  const read = readExplanation({
    job: 'image api',
    last_build: 12,
    reasons: [{ kind: 'upstream', subject: 'deps', text: 'deps below it is another one' }, 'nonsense'],
    below: [{ job: 'deps', reasons: [{ kind: 'lock', subject: 'serde', text: 'Cargo.lock: serde 1 → 2' }] }],
    steps: [{ name: '[1/1] RUN x', start_ms: 5, run_ms: 7, cached: true }],
  });
  assert.equal(read.below[0]?.reasons[0]?.text, 'Cargo.lock: serde 1 → 2');
  assert.deepEqual(read.steps, [{ name: '[1/1] RUN x', startMs: 5, runMs: 7, cached: true, failed: false }]);
  assert.deepEqual(read.agents, []);
  assert.equal(read.reasons[1]?.text, '');
  assert.deepEqual(readExplanation(undefined).reasons, []);
});

test('an explanation that goes on for ever ends', () => {
  let nested: unknown = {};
  for (let i = 0; i < 500; ++i) nested = { job: `j${i}`, below: [nested] };
  let depth = 0;
  for (let one = readExplanation(nested); one.below[0]; one = one.below[0]) depth += 1;
  assert.equal(depth, 20);
});

test('a list is cut only where that saves more than a line', () => {
  const list = [1, 2, 3, 4, 5];
  assert.deepEqual(cutList(list, 5), { shown: list, more: 0 });
  assert.deepEqual(cutList(list, 4), { shown: list, more: 0 });
  assert.deepEqual(cutList(list, 3), { shown: [1, 2, 3], more: 2 });
});

test('bars of steps lie between the first start and the last end', () => {
  const step = (startMs: number, runMs: number) => ({ name: '', startMs, runMs, cached: false, failed: false });
  const bars = stepBars([step(0, 10), step(50, 0), step(20, 80)]);
  assert.deepEqual(
    bars.map(({ left, width }) => [left, width]),
    [
      [0, 10],
      [50, 0],
      [20, 80],
    ],
  );
  assert.deepEqual(stepBars([]), []);
  assert.equal(stepBars([step(0, 0)])[0]?.width, 0);
  assert.equal(stepBars([step(-5, -7)])[0]?.left, 0, 'nonsense stays within the bar');
});
