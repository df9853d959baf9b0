// Runs in a page: checks one case in this library and in each peer, then times all in turns.
import { openGpu } from "../../src/web.ts";
import type { Case } from "../case.ts";
import { compareArrays, compareExpected } from "../compare.ts";
import type { Jax, Tf } from "../peers/api.ts";
import { jaxCase, type Prepared, tfjsCase } from "../peers/prepared.ts";
import { PLACES } from "../places.ts";
import { browserCases } from "./cases.ts";
import type { BrowserResult, BrowserRow, BrowserSample, PageRequest } from "./row.ts";

interface Page {
  /** CPU milliseconds of the browser's processes so far, which Node reads. */
  cpu(): Promise<number>;
  /** What Node calls. */
  measureCase(request: PageRequest): Promise<BrowserRow>;
}
const page = globalThis as unknown as Page;

/** A sample lasts at least this long, since processes count CPU time in hundredths of a second. */
const LEAST_MS = 300;

const PEERS: Readonly<Record<string, (work: Case) => Promise<Prepared>>> = {
  async "tfjs-webgpu"(work) {
    const tf = (await import("@tensorflow/tfjs" as string)) as Tf;
    await import("@tensorflow/tfjs-backend-webgpu" as string);
    return tfjsCase(tf, "webgpu", work);
  },
  "jax-js": async (work) => jaxCase((await import("@jax-js/jax" as string)) as Jax, work),
};

const opened = openGpu();

page.measureCase = async ({ index, rounds, peers }) => {
  const engine = await opened;
  const work = browserCases[index] as Case;
  const inputs = work.inputs();
  const ours = work.ours(engine, inputs);
  const results: Record<string, BrowserResult> = {};
  const running: Record<
    string,
    { readonly prepared: Pick<Prepared, "run" | "done">; readonly samples: BrowserSample[] }
  > = { ours: { prepared: { run: () => ours.run(), done: () => engine.done() }, samples: [] } };
  try {
    const values = await ours.results();
    const wrong = work.expected && compareExpected(values, work.expected(inputs), work.tolerance, PLACES);
    if (wrong) throw new Error(wrong);
    for (const [name, prepare] of Object.entries(peers ? PEERS : {})) {
      try {
        const prepared = await prepare(work);
        const differs = compareArrays(values, await prepared.check(), work.tolerance);
        if (differs !== null) results[name] = { wrong: differs };
        else running[name] = { prepared, samples: [] };
      } catch (error) {
        results[name] = { notRun: error instanceof Error ? error.message : String(error) };
      }
    }
    for (const { prepared } of Object.values(running)) await sample(prepared, 1); // compiles
    for (let round = 0; round < rounds; round++) {
      for (const { prepared, samples } of Object.values(running)) {
        const [first] = samples;
        const { wall } = first ?? (await sample(prepared, 1));
        samples.push(await sample(prepared, Math.max(1, Math.ceil(LEAST_MS / wall))));
      }
    }
    for (const [name, { samples }] of Object.entries(running)) results[name] = { samples };
  } finally {
    ours.close();
    engine.trim();
  }
  const { adapter, family } = engine;
  return { name: work.name, shape: work.shape, flops: work.flops, adapter: adapter.name, family, results };
};

async function sample({ run, done }: Pick<Prepared, "run" | "done">, runs: number): Promise<BrowserSample> {
  const before = await page.cpu();
  const start = performance.now();
  for (let i = 0; i < runs; i++) run();
  await done();
  const wall = (performance.now() - start) / runs;
  return { wall, cpu: ((await page.cpu()) - before) / runs };
}
