// One question to the coordinator's JSON API. What goes wrong is a Failure that says what to do.
import { asObject, text } from '../core/read';
import { EventParser } from '../core/events';
import type { Problem } from '../core/state';
import { withToken } from './token';

export const base = 'api/v1';
const timeoutMs = 15_000;

export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

function remedyFor(status: number): string {
  if (status === 0) return 'Is the coordinator up? `farmctl local status` tells on the machine where it runs.';
  if (status === 401) return 'Sign in with a token; `farmctl keys token add NAME` makes one.';
  if (status === 403) return 'The coordinator’s key book says what a token may; sign in with another one.';
  if (status === 404) return 'The list of builds has what the farm still knows.';
  if (status === 429 || status === 503) return 'The coordinator has too much to do at this moment; the page tries again by itself.';
  return 'The coordinator’s log says more.';
}

export const problemOf = (what: string, status: number, message: string): Problem => ({
  message: `${what}: ${message}`,
  remedy: remedyFor(status),
  status,
});

async function refusal(answer: Response): Promise<string> {
  try {
    return text(asObject(await answer.json()), 'message') || `the coordinator answered ${answer.status}`;
  } catch {
    return `the coordinator answered ${answer.status}`;
  }
}

// An answer that is fine. Throws a Failure, or an AbortError where `signal` says so.
async function ask(what: string, path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const limit = AbortSignal.timeout(timeoutMs);
  let answer: Response;
  try {
    answer = await fetch(`${base}/${path}`, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(problemOf(what, 0, limit.aborted ? `no answer within ${timeoutMs / 1000} s` : 'the coordinator doesn’t answer'));
  }
  if (!answer.ok) throw new Failure(problemOf(what, answer.status, await refusal(answer)));
  return answer;
}

// Changes something. Throws a Failure.
export async function postAction(what: string, path: string): Promise<void> {
  await ask(what, path, { method: 'POST', headers: withToken() });
}

// Not an EventSource, which can't send a token. Tells each event until the stream ends or `signal` says so (an AbortError then). Throws a
// Failure.
export async function followEvents(
  what: string,
  path: string,
  signal: AbortSignal,
  open: () => void,
  tell: (name: string, data: string) => void,
): Promise<void> {
  const broke = (): Failure => new Failure(problemOf(what, 0, 'the connection to the coordinator broke'));
  const headers = { accept: 'text/event-stream', ...withToken() };
  const answer = await fetch(`${base}/${path}`, { headers, signal, cache: 'no-store' }).catch((error: unknown) => {
    throw signal.aborted ? error : broke();
  });
  if (!answer.ok || !answer.body) throw new Failure(problemOf(what, answer.status, await refusal(answer)));
  open();
  const parser = new EventParser();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const piece = await reader.read().catch((error: unknown) => {
      throw signal.aborted ? error : broke();
    });
    if (piece.done) throw broke();
    for (const { name, data } of parser.push(piece.value)) {
      if (!signal.aborted) tell(name, data);
    }
  }
}

// `what`: for messages, "Loading build 12". Throws a Failure, or an AbortError where `signal` says so.
export async function getJson(what: string, path: string, signal?: AbortSignal, token?: string): Promise<unknown> {
  const answer = await ask(what, path, { headers: { accept: 'application/json', ...withToken(token) } }, signal);
  try {
    return await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(problemOf(what, answer.status, 'the answer is no JSON'));
  }
}
