// Keeps one subject up to date: loads it, follows its events, and after a loss tries again, each time a little later. A hidden page lets go
// of its stream after a while: a browser has six connections to a host for all its tabs.
import { backoffMs } from '../core/backoff';
import type { LinkEvent, LinkState } from '../core/state';
import { newLink, reduceLink } from '../core/state';
import { base, Failure, problemOf } from './api';
import { Store } from './store';

export interface Source {
  what: string; // for messages: "build 12"
  load?: (signal: AbortSignal) => Promise<void>; // throws a Failure; before each stream
  complete?: () => boolean; // after load: all is known, no stream is needed
  stream?: () => string; // path of the events below the API
  events?: Record<string, (json: unknown) => void>;
  pollMs?: number; // without a stream: loads again
}

const hiddenMs = 20_000;

function parsed(event: Event): unknown {
  try {
    return JSON.parse((event as MessageEvent<string>).data);
  } catch {
    return undefined;
  }
}

export class Link {
  readonly state = new Store<LinkState>(newLink);
  private source: EventSource | undefined;
  private abort = new AbortController();
  private timer: number | undefined;
  private hideTimer: number | undefined;
  private wanted = false;

  constructor(private readonly of: Source) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    document.addEventListener('visibilitychange', this.visibility);
    window.addEventListener('online', this.retryNow);
    void this.connect();
  }

  stop(): void {
    this.wanted = false;
    document.removeEventListener('visibilitychange', this.visibility);
    window.removeEventListener('online', this.retryNow);
    window.clearTimeout(this.hideTimer);
    this.close();
  }

  readonly retryNow = (): void => {
    const { connection } = this.state.get();
    if (this.wanted && (connection === 'lost' || connection === 'gone')) void this.connect();
  };

  private readonly visibility = (): void => {
    window.clearTimeout(this.hideTimer);
    const { connection } = this.state.get();
    if (!document.hidden) {
      if (connection === 'paused' || connection === 'lost') void this.connect();
    } else if (connection !== 'over' && connection !== 'gone') {
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
    this.source?.close();
    this.source = undefined;
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
    else if (this.of.stream) this.listen(this.of.stream());
    else {
      this.say({ type: 'open', now: Date.now() });
      if (this.of.pollMs) this.timer = window.setTimeout(() => void this.connect(), this.of.pollMs);
    }
  }

  private listen(path: string): void {
    const source = new EventSource(`${base}/${path}`);
    this.source = source;
    source.onopen = () => this.say({ type: 'open', now: Date.now() });
    for (const [name, handle] of Object.entries(this.of.events ?? {})) {
      source.addEventListener(name, (event) => {
        const json = parsed(event);
        if (json === undefined) return;
        handle(json);
        this.say({ type: 'heard', now: Date.now() });
      });
    }
    source.addEventListener('end', () => {
      this.close();
      this.say({ type: 'over', now: Date.now() });
    });
    source.onerror = () => {
      this.close();
      this.failed(new Failure(problemOf(`Following ${this.of.what}`, 0, 'the connection to the coordinator broke')));
    };
  }

  private failed(error: unknown): void {
    const problem = error instanceof Failure ? error.problem : problemOf(`Showing ${this.of.what}`, 500, String(error));
    if (problem.status === 404 || problem.status === 400) {
      this.say({ type: 'gone', problem });
      return;
    }
    const wait = backoffMs(this.state.get().failures + 1, Math.random());
    this.say({ type: 'failed', problem, retryAt: Date.now() + wait });
    this.timer = window.setTimeout(() => void this.connect(), wait);
  }
}
