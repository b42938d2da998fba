// A job's log as it comes. Parts arrive in order; after a loss it goes on at the byte where it stopped.
import { LogLines } from '../core/log_lines';
import { bytes } from '../core/format';
import { readLogPart } from '../core/read';
import { base, getJson } from './api';
import { Link } from './link';
import { Store } from './store';

export interface LogFeed {
  link: Link;
  lines: LogLines;
  version: Store<number>; // grows with each change of `lines`
}

const logPath = (build: number, job: string): string => `builds/${build}/jobs/${encodeURIComponent(job)}/log`;

// The whole log as a file, for what the page doesn't keep.
export const logDownload = (build: number, job: string): string => `${base}/${logPath(build, job)}?format=text&limit=1048576`;

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
