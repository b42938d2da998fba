// Loads why a job ran; again when the job goes on.
import { useEffect, useState } from 'preact/hooks';
import type { Explanation } from '../core/explanation';
import { readExplanation } from '../core/explanation';
import type { Problem } from '../core/state';
import type { Job } from '../core/types';
import { Failure, getJson } from './api';

export interface Explained {
  explanation: Explanation | undefined; // what was known stays until there is something newer
  problem: Problem | undefined;
  retry: () => void;
}

export function useExplanation(build: number, job: Job): Explained {
  const [explanation, setExplanation] = useState<Explanation | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const path = `builds/${build}/jobs/${encodeURIComponent(job.name)}/explanation`;
    getJson(`Explaining ${job.name}`, path, abort.signal).then(
      (json) => {
        setExplanation(readExplanation(json));
        setProblem(undefined);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(error instanceof Failure ? error.problem : undefined);
      },
    );
    return () => abort.abort();
  }, [build, job.name, job.state, job.attempts, turn]);
  return { explanation, problem, retry: () => setTurn((value) => value + 1) };
}
