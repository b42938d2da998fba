import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainSum, criticalChain } from '../../src/core/critical';
import { edgePath, layersOf, layoutGraph, related } from '../../src/core/graph';
import { nearest } from '../../src/core/spatial';
import { build, job } from './make';

const sizes = { nodeWidth: 100, nodeHeight: 40, gapX: 20, gapY: 10 };
const nodes = (shape: Record<string, string[]>) => Object.entries(shape).map(([name, needs]) => ({ name, needs }));
const market = nodes({ deps: [], compile: ['deps'], a: ['compile'], b: ['compile', 'deps'], alone: [] });

test('each job stands right of all that it needs', () => {
  const layers = layersOf(market);
  assert.deepEqual([...layers.entries()].sort(), [
    ['a', 2],
    ['alone', 0],
    ['b', 2],
    ['compile', 1],
    ['deps', 0],
  ]);
});

test('circles, unknown names and itself end no layout', () => {
  const layout = layoutGraph(nodes({ a: ['b', 'ghost'], b: ['a'], c: ['c', 'a'] }), sizes);
  assert.equal(layout.nodes.length, 3);
  for (const edge of layout.edges) assert.ok(edge.points.length >= 2);
});

test('no two jobs lie on each other, and an edge over a layer goes around what stands there', () => {
  const layout = layoutGraph(market, sizes);
  const places = new Set(layout.nodes.map((node) => `${node.x} ${node.y}`));
  assert.equal(places.size, layout.nodes.length);
  const long = layout.edges.find((edge) => edge.from === 'deps' && edge.to === 'b');
  const compile = layout.nodes.find((node) => node.name === 'compile');
  assert.equal(long?.points.length, 4);
  assert.ok(long!.points[1]!.y < compile!.y || long!.points[1]!.y > compile!.y + sizes.nodeHeight);
  assert.equal(layout.width, 3 * 100 + 2 * 20);
});

test('the order within layers takes crossings out', () => {
  const layout = layoutGraph(nodes({ a: [], b: [], x: ['b'], y: ['a'] }), sizes);
  const y = (name: string) => layout.nodes.find((node) => node.name === name)!.y;
  assert.equal(y('a') < y('b'), y('y') < y('x'));
});

test('a thousand jobs in a chain are no trouble', () => {
  const chain = Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}`, needs: i > 0 ? [`n${i - 1}`] : [] }));
  assert.equal(layoutGraph(chain.reverse(), sizes).nodes.length, 1000);
});

test('an edge is a line where it is level and a curve elsewhere', () => {
  assert.equal(
    edgePath([
      { x: 0, y: 5 },
      { x: 10, y: 5 },
    ]),
    'M0 5L10 5',
  );
  assert.equal(
    edgePath([
      { x: 0, y: 0 },
      { x: 10, y: 8 },
    ]),
    'M0 0C5 0 5 8 10 8',
  );
  assert.equal(edgePath([]), '');
});

test('related jobs are those below and above, not the ones beside', () => {
  assert.deepEqual([...related(market, 'a')].sort(), ['a', 'compile', 'deps']);
  assert.deepEqual([...related(market, 'deps')].sort(), ['a', 'b', 'compile', 'deps']);
});

test('the longest chain goes back from the last job through what came last below it', () => {
  const at = (name: string, needs: string[], assignedMs: number, finishedMs: number, queuedMs = 0) =>
    job(name, { needs, assignedMs, finishedMs, queuedMs });
  const one = build(
    [at('deps', [], 1000, 5000), at('x', ['deps'], 5000, 6000), at('y', ['deps'], 5500, 8000, 500), at('z', ['x', 'y'], 8000, 9000)],
    { createdMs: 1000 },
  );
  const chain = criticalChain(one);
  assert.deepEqual(
    chain.map((each) => each.name),
    ['deps', 'y', 'z'],
  );
  assert.deepEqual(chainSum(one, chain), { totalMs: 8000, runMs: 7500, waitMs: 500 });
  assert.deepEqual(criticalChain(build([job('a')])), []);
});

test('arrow keys go to the nearest in their direction', () => {
  const box = (name: string, x: number, y: number) => ({ name, x, y, width: 10, height: 10 });
  const boxes = [box('a', 0, 0), box('b', 20, 0), box('c', 20, 20), box('d', 60, 40)];
  assert.equal(nearest(boxes, 'a', 'right'), 'b');
  assert.equal(nearest(boxes, 'b', 'down'), 'c');
  assert.equal(nearest(boxes, 'c', 'right'), 'd');
  assert.equal(nearest(boxes, 'a', 'left'), '');
  assert.equal(nearest(boxes, 'gone', 'left'), 'a');
});
