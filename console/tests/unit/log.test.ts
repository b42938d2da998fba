import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutSpans, parseAnsi, stripAnsi } from '../../src/core/ansi';
import { LogLines } from '../../src/core/log_lines';
import { LogRows } from '../../src/core/log_rows';
import { matchesMax, Search } from '../../src/core/search';

const all = (lines: LogLines): string[] => Array.from({ length: lines.end - lines.first }, (_, i) => lines.plain(lines.first + i));

test('colours become names of styles, other escapes go', () => {
  assert.deepEqual(parseAnsi('\x1b[1;31merror\x1b[0m: x\x1b[K'), [
    { text: 'error', style: 'fg-red bold' },
    { text: ': x', style: '' },
  ]);
  assert.deepEqual(parseAnsi('\x1b[38;5;9ma\x1b[38;2;0;0;250mb'), [
    { text: 'a', style: 'fg-red' },
    { text: 'b', style: 'fg-blue' },
  ]);
  assert.equal(stripAnsi('\x1b]8;;http://evil\x07link\x1b]8;;\x1b\\ \x1b[2J\x1b[10;10Hend\x00\x9b'), 'link end');
  assert.equal(stripAnsi('cut off \x1b]0;title'), 'cut off ');
});

test('characters that turn the reading direction are made visible', () => {
  assert.equal(stripAnsi('a\u202eb\u2066c'), 'a\ufffdb\ufffdc');
});

test('a row of a line is a part of its spans', () => {
  const spans = [
    { text: 'abc', style: 'x' },
    { text: 'defg', style: '' },
  ];
  assert.deepEqual(cutSpans(spans, 2, 5), [
    { text: 'c', style: 'x' },
    { text: 'de', style: '' },
  ]);
});

test('chunks are put together into lines, wherever they were cut', () => {
  const lines = new LogLines();
  for (const part of ['one\ntw', 'o\n', '', 'thr', 'ee']) lines.append(part);
  assert.deepEqual(all(lines), ['one', 'two', 'three']);
  assert.equal(lines.closed, 2);
});

test('a progress bar shows its last state', () => {
  const lines = new LogLines();
  lines.append(' 1%\r 50%\r100%\r\nnext\r');
  assert.deepEqual(all(lines), ['100%', 'next']);
});

test('the oldest lines go when there are too many, and numbers stay', () => {
  const lines = new LogLines({ lines: 80, chars: 1e6, lineChars: 100 });
  for (let i = 0; i < 1000; ++i) lines.append(`line ${i}\n`);
  assert.ok(lines.end - lines.first <= 80);
  assert.equal(lines.plain(999), 'line 999');
  assert.equal(lines.plain(lines.first), `line ${lines.first}`);
});

test('many characters count like many lines, and a line without an end is cut', () => {
  const lines = new LogLines({ lines: 1e6, chars: 5000, lineChars: 100 });
  lines.append('x'.repeat(100_000));
  assert.ok((lines.end - lines.first) * 100 <= 5100);
  assert.equal(lines.plain(lines.first).length, 100);
});

test('rows of wrapped lines are found from both sides, also after more came', () => {
  const lines = new LogLines();
  lines.append('aaaaaaaaaa\nbb\n\ncccc');
  const rows = new LogRows(lines, 4);
  assert.equal(rows.count, 6);
  assert.deepEqual(
    [0, 2, 3, 4, 5].map((row) => rows.at(row)),
    [
      { line: 0, column: 0 },
      { line: 0, column: 8 },
      { line: 1, column: 0 },
      { line: 2, column: 0 },
      { line: 3, column: 0 },
    ],
  );
  lines.append('ccccc\nd\n');
  rows.update();
  assert.equal(rows.count, 9);
  assert.deepEqual(rows.at(7), { line: 3, column: 8 });
  assert.deepEqual([rows.rowOf(3, 5), rows.rowOf(4)], [6, 8]);
});

test('rows follow the loss of old lines', () => {
  const lines = new LogLines({ lines: 8, chars: 1e6, lineChars: 100 });
  const rows = new LogRows(lines, 5);
  for (let i = 0; i < 50; ++i) {
    lines.append(`${'x'.repeat(i % 12)}\n`);
    rows.update();
    const fresh = new LogRows(lines, 5);
    assert.equal(rows.count, fresh.count);
    assert.deepEqual(rows.at(rows.count - 1), fresh.at(fresh.count - 1));
  }
});

test('without wrapping each line is a row', () => {
  const lines = new LogLines();
  lines.append('a'.repeat(999) + '\nb\n');
  assert.equal(new LogRows(lines, 0).count, 2);
});

test('a search finds each match once while the log grows', () => {
  const lines = new LogLines();
  const search = new Search('Err', false);
  lines.append('no\nan error err');
  search.update(lines);
  assert.deepEqual(search.matches, [
    { line: 1, column: 3 },
    { line: 1, column: 9 },
  ]);
  lines.append('or\nERR\n');
  search.update(lines);
  search.update(lines);
  assert.deepEqual(search.matches, [
    { line: 1, column: 3 },
    { line: 1, column: 9 },
    { line: 2, column: 0 },
  ]);
  assert.deepEqual(search.inLine(1), [3, 9]);
  const exact = new Search('ERR', true);
  exact.update(lines);
  assert.equal(exact.matches.length, 1);
});

test('steps go to the next match and around', () => {
  const lines = new LogLines();
  lines.append('x\nx\nx\n');
  const search = new Search('x', false);
  assert.equal(search.step(undefined, true), -1);
  search.update(lines);
  assert.deepEqual([search.step(undefined, true), search.step(undefined, false)], [0, 2]);
  assert.deepEqual([search.step({ line: 0, column: 0 }, true), search.step({ line: 2, column: 0 }, true)], [1, 0]);
  assert.deepEqual([search.step({ line: 1, column: 0 }, false), search.step({ line: 0, column: 0 }, false)], [0, 2]);
});

test('matches end at their limit, and those of lost lines go', () => {
  const lines = new LogLines({ lines: 100, chars: 1e7, lineChars: 200_000 });
  lines.append('x'.repeat(matchesMax + 5) + '\ny\n');
  const search = new Search('x', false);
  search.update(lines);
  assert.deepEqual([search.matches.length, search.full], [matchesMax, true]);
  for (let i = 0; i < 200; ++i) lines.append('x\n');
  search.update(lines);
  assert.deepEqual([search.matches[0]!.line >= lines.first, search.full, search.matches.length], [true, false, lines.end - lines.first]);
});
