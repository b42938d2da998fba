import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayCancel, mayDrain, readCaller, whatItMay } from '../../src/core/caller';
import { EventParser } from '../../src/core/events';
import { newLink, reduceLink } from '../../src/core/state';

test('who is signed in may what the role and the projects say', () => {
  const of = (role: string, ...projects: string[]) => readCaller({ schema: 'farm.caller.v1', name: 'ann', role, projects });
  assert.deepEqual(of('client', 'a'), { name: 'ann', role: 'client', projects: ['a'] });
  assert.deepEqual(
    [undefined, of('admin'), of('client'), of('client', 'a'), of('client', 'b'), of('reader'), of('')].map((one) => mayCancel(one, 'a')),
    [false, true, true, true, false, false, false],
  );
  assert.deepEqual(
    [undefined, of('admin'), of('client'), of('reader')].map((one) => mayDrain(one)),
    [false, true, false, false],
  );
  assert.equal(whatItMay(of('client', 'a', 'b')), 'cancels builds of a, b');
  assert.deepEqual(readCaller('nonsense'), { name: '', role: '', projects: [] });
});

test('events are read however the stream is cut', () => {
  const whole = ': alive\n\nid: 7\nevent: log\ndata: {"a":\ndata: "é"}\n\ndata: plain\r\n\r\nevent: end\ndata:{}\n\n';
  const text = `${whole}event: nothing\n\nevent: cut\ndata: of`;
  const wanted = [
    { name: 'log', data: '{"a":\n"é"}' },
    { name: 'message', data: 'plain' },
    { name: 'end', data: '{}' },
  ];
  for (let size = 1; size <= text.length; ++size) {
    const parser = new EventParser();
    const told = [];
    for (let at = 0; at < text.length; at += size) told.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(told, wanted, `in pieces of ${size}`);
  }
});

test('what takes a token to read is not tried again and again', () => {
  const problem = { message: 'this needs a token', remedy: 'sign in', status: 401 };
  const locked = reduceLink({ ...newLink, failures: 2, retryAt: 5 }, { type: 'locked', problem });
  assert.deepEqual([locked.connection, locked.problem, locked.retryAt], ['locked', problem, 0]);
  assert.equal(reduceLink(locked, { type: 'open', now: 3 }).problem, undefined);
});
