/** The run that is served beside this page, by `npm run demo -- RUN`. */
export interface ServedRun {
  readonly name: string;
  /** Whether it has a record. */
  readonly audit?: true;
}

/** The run that is served; undefined where there is none. */
export async function servedRun(signal: AbortSignal): Promise<ServedRun | undefined> {
  const answer = await fetch("run.json", { signal });
  if (!answer.ok) return undefined;
  const run: ServedRun | null = await answer.json();
  return run ?? undefined;
}

/** A file of the run that is served. */
export async function runFile(path: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(`run/${path}`, { signal });
  if (!answer.ok)
    throw new Error(`run: expected the file ${path}, got the answer ${answer.status}; start the demo again`);
  return answer;
}
