// One question to the coordinator's JSON API. What goes wrong is a Failure that says what to do.
import { asObject, text } from '../core/read';
import type { Problem } from '../core/state';

export const base = 'api/v1';
const timeoutMs = 15_000;

export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

function remedyFor(status: number): string {
  if (status === 0) return 'Is the coordinator up? `farmctl local status` tells on the machine where it runs.';
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

// `what`: for messages, "Loading build 12". Throws a Failure, or an AbortError where `signal` says so.
export async function getJson(what: string, path: string, signal?: AbortSignal): Promise<unknown> {
  const limit = AbortSignal.timeout(timeoutMs);
  let answer: Response;
  try {
    answer = await fetch(`${base}/${path}`, {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      headers: { accept: 'application/json' },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(problemOf(what, 0, limit.aborted ? `no answer within ${timeoutMs / 1000} s` : 'the coordinator doesn’t answer'));
  }
  if (!answer.ok) throw new Failure(problemOf(what, answer.status, await refusal(answer)));
  try {
    return await answer.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Failure(problemOf(what, answer.status, 'the answer is no JSON'));
  }
}
