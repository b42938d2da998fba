// A job's log as it comes. Parts arrive in order; after a loss it goes on at the byte where it stopped.
import { LogLines } from '../core/log_lines';
import { bytes } from '../core/format';
import { readLogPart } from '../core/read';
import { base, Failure, getJson, problemOf } from './api';
import { Link } from './link';
import { Store } from './store';
import { withToken } from './token';

export interface LogFeed {
  link: Link;
  lines: LogLines;
  version: Store<number>; // grows with each change of `lines`
}

const logPath = (build: number, job: string): string => `builds/${build}/jobs/${encodeURIComponent(job)}/log`;

const savedMax = 512_000_000; // bytes

// The whole log, also what the page doesn't keep. Throws a Failure.
export async function wholeLog(build: number, job: string): Promise<Blob> {
  const parts: Blob[] = [];
  for (let offset = 0, ended = false; !ended && offset < savedMax;) {
    const path = `${base}/${logPath(build, job)}?format=text&limit=1048576&offset=${offset}`;
    const answer = await fetch(path, { headers: withToken() }).catch(() => undefined);
    if (!answer?.ok)
      throw new Failure(problemOf(`Saving the log of ${job}`, answer?.status ?? 0, 'the coordinator did not give all of it'));
    parts.push(await answer.blob());
    const next = Number(answer.headers.get('farm-next-offset') ?? 0);
    ended = next <= offset || answer.headers.get('farm-ended') === 'true';
    offset = next;
  }
  return new Blob(parts, { type: 'text/plain' });
}

export function followLog(build: number, job: string): LogFeed {
  const lines = new LogLines();
  const version = new Store(0);
  let next = 0;
  let ended = false;
  const hear = (json: unknown): void => {
    const part = readLogPart(json);
    if (part.offset < next) return; // told before
    if (part.offset > next) lines.append(`[${bytes(part.offset - next)} are missing here]\n`);
    next = Math.max(next, part.nextOffset);
    ended = part.ended;
    if (part.text === '') return;
    lines.append(part.text);
    version.update((value) => value + 1);
  };
  const link = new Link({
    what: `the log of ${job}`,
    load: async (signal) => hear(await getJson(`Loading the log of ${job}`, `${logPath(build, job)}?offset=${next}`, signal)),
    complete: () => ended,
    stream: () => `${logPath(build, job)}/events?offset=${next}`,
    events: { log: hear },
  });
  return { link, lines, version };
}
