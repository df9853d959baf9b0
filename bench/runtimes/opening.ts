// What a page or a program does at its start, with the milliseconds of each part: it opens an
// adapter, loads a generator and draws 16 pictures. Then README's ring is solved twice. A page
// posts the times, a program prints them.
import { openGenerator } from "../../src/models/generator/openGenerator.ts";
import { openerHere } from "../../test/runtimes/openHere.ts";
import { ring } from "../../test/runtimes/workload.ts";

/** Milliseconds. `total` is that of the first three. */
export type OpeningTimes = Readonly<Record<"open" | "load" | "draw" | "total" | "ring" | "again", number>>;

interface Page {
  readonly document?: unknown;
  readonly fetch: (
    path: string,
    request?: { readonly method: string; readonly body: string },
  ) => Promise<{ arrayBuffer(): Promise<ArrayBuffer> }>;
}

const page = globalThis as unknown as Page;
const inPage = page.document !== undefined;
const openGpu = await openerHere();
const bytes = inPage
  ? await (await page.fetch("/bench/generator.safetensors")).arrayBuffer()
  : (await import("node:fs")).readFileSync(process.argv[2] as string);

const start = performance.now();
let before = start;
const lap = (): number => {
  const ms = performance.now() - before;
  before += ms;
  return ms;
};
const gpu = await openGpu({});
const open = lap();
const generator = await openGenerator(gpu, bytes);
const load = lap();
await generator.generate({ count: 16, seed: 1 });
const draw = lap();
const total = before - start;
await ring(gpu);
const first = lap();
await ring(gpu);
const times: OpeningTimes = { open, load, draw, total, ring: first, again: lap() };
const text = JSON.stringify(times);
if (inPage) await page.fetch("/done", { method: "POST", body: text });
else process.stdout.write(`${text}\n`);
await gpu.dispose();
