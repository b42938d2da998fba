// Keeps one subject up to date: loads it, follows its events, and after a loss tries again, each time a little later. A hidden page lets go
// of its stream after a while: a browser has six connections to a host for all its tabs.
import { backoffMs } from '../core/backoff';
import type { LinkEvent, LinkState } from '../core/state';
import { newLink, reduceLink } from '../core/state';
import { Failure, followEvents, problemOf } from './api';
import { Store } from './store';
import { token } from './token';

export interface Source {
  what: string; // for messages: "build 12"
  load?: (signal: AbortSignal) => Promise<void>; // throws a Failure; before each stream
  complete?: () => boolean; // after load: all is known, no stream is needed
  stream?: () => string; // path of the events below the API
  events?: Record<string, (json: unknown) => void>;
  pollMs?: number; // without a stream: loads again
}

const hiddenMs = 20_000;

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

export class Link {
  readonly state = new Store<LinkState>(newLink);
  private abort = new AbortController();
  private timer: number | undefined;
  private hideTimer: number | undefined;
  private wanted = false;
  private unwatch: (() => void) | undefined;

  constructor(private readonly of: Source) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    document.addEventListener('visibilitychange', this.visibility);
    window.addEventListener('online', this.retryNow);
    this.unwatch = token.watch(() => void this.connect()); // what could not be read before, perhaps can
    void this.connect();
  }

  stop(): void {
    this.wanted = false;
    document.removeEventListener('visibilitychange', this.visibility);
    window.removeEventListener('online', this.retryNow);
    window.clearTimeout(this.hideTimer);
    this.unwatch?.();
    this.close();
  }

  readonly retryNow = (): void => {
    const { connection } = this.state.get();
    if (this.wanted && (connection === 'lost' || connection === 'gone' || connection === 'locked')) void this.connect();
  };

  private readonly visibility = (): void => {
    window.clearTimeout(this.hideTimer);
    const { connection } = this.state.get();
    if (!document.hidden) {
      if (connection === 'paused' || connection === 'lost') void this.connect();
    } else if (connection !== 'over' && connection !== 'gone' && connection !== 'locked') {
      this.hideTimer = window.setTimeout(() => {
        this.close();
        this.say({ type: 'paused' });
      }, hiddenMs);
    }
  };

  private say(event: LinkEvent): void {
    this.state.update((state) => reduceLink(state, event));
  }

  private close(): void {
    window.clearTimeout(this.timer);
    this.abort.abort();
  }

  private async connect(): Promise<void> {
    this.close();
    const abort = new AbortController();
    this.abort = abort;
    this.say({ type: 'connecting' });
    try {
      await this.of.load?.(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.failed(error);
      return;
    }
    if (abort.signal.aborted) return;
    if (this.of.load) this.say({ type: 'heard', now: Date.now() });
    if (this.of.complete?.()) this.say({ type: 'over', now: Date.now() });
    else if (this.of.stream) void this.follow(this.of.stream(), abort.signal);
    else {
      this.say({ type: 'open', now: Date.now() });
      if (this.of.pollMs) this.timer = window.setTimeout(() => void this.connect(), this.of.pollMs);
    }
  }

  private async follow(path: string, signal: AbortSignal): Promise<void> {
    try {
      await followEvents(
        `Following ${this.of.what}`,
        path,
        signal,
        () => this.say({ type: 'open', now: Date.now() }),
        (name, data) => this.hear(name, data),
      );
    } catch (error) {
      if (signal.aborted) return;
      this.close();
      this.failed(error);
    }
  }

  private hear(name: string, data: string): void {
    if (name === 'end') {
      this.close();
      this.say({ type: 'over', now: Date.now() });
      return;
    }
    const json = parsed(data);
    const handle = this.of.events?.[name];
    if (json === undefined || !handle) return;
    handle(json);
    this.say({ type: 'heard', now: Date.now() });
  }

  private failed(error: unknown): void {
    const problem = error instanceof Failure ? error.problem : problemOf(`Showing ${this.of.what}`, 500, String(error));
    if (problem.status === 404 || problem.status === 400) {
      this.say({ type: 'gone', problem });
      return;
    }
    if (problem.status === 401 || problem.status === 403) {
      this.say({ type: 'locked', problem });
      return;
    }
    const wait = backoffMs(this.state.get().failures + 1, Math.random());
    this.say({ type: 'failed', problem, retryAt: Date.now() + wait });
    this.timer = window.setTimeout(() => void this.connect(), wait);
  }
}
