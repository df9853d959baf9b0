// The overhead of the tape and the layers over the bare kernels of the same training step.
import type { Engine } from "../src/index.ts";
import { convAutoencoderInputs, convAutoencoderStep } from "./cases/convAutoencoder.ts";
import { calibrate, type Sample, sampleFor, timesOf } from "./measure.ts";
import { record } from "./replay.ts";
import type { Row } from "./row.ts";

// The overhead is small beside the noise of a shared machine, so many short samples are taken in
// turns.
const SHARE = 16;

/**
 * Times a conv-AE step and its replay in turns, for SHARE · `budget` milliseconds. Error when the
 * replay's results differ in any bit.
 */
export async function overhead(engine: Engine, batch: number, budget: number): Promise<Row> {
  const step = convAutoencoderStep(engine, batch, convAutoencoderInputs(batch));
  step.run(); // the first step creates buffers and pipelines that later steps reuse
  const before = new Map<number, ArrayBuffer>();
  const first = record(engine, step.run);
  for (const ref of first.kept) before.set(ref.id, await engine.download(ref));
  first.close();
  const replay = record(engine, step.run);
  const save = async () => {
    const saved = new Map<number, Uint8Array>();
    for (const ref of replay.kept) saved.set(ref.id, new Uint8Array(await engine.download(ref)));
    return saved;
  };
  const restore = () => {
    for (const ref of replay.kept) engine.upload(ref, new Uint8Array(before.get(ref.id) ?? new ArrayBuffer(0)));
  };
  const after = await save();
  restore();
  replay.run();
  const again = await save();
  for (const [id, bytes] of after) {
    if (!Buffer.from(bytes).equals(again.get(id) ?? new Uint8Array())) {
      throw new Error("the replay of a recorded step computes something else");
    }
  }
  const done = () => engine.done();
  const [tape, bare] = [
    { run: step.run, done },
    { run: replay.run, done },
  ];
  const runs = await calibrate(tape);
  const samples = { tape: [] as Sample[], bare: [] as Sample[] };
  const started = performance.now();
  do {
    samples.tape.push(...(await sampleFor(tape, runs, 0, 1)));
    samples.bare.push(...(await sampleFor(bare, runs, 0, 1)));
  } while (performance.now() - started < SHARE * budget);
  replay.close();
  step.close();
  const [ours, kernels] = [timesOf(samples.tape), timesOf(samples.bare)];
  const percent = (a: number, b: number): string => `${a >= b ? "+" : ""}${Math.round(100 * (a / b - 1))} %`;
  return {
    name: "tape and layers over bare kernels",
    shape: `conv-AE step, batch ${batch}`,
    times: ours,
    note: `bare ${kernels.min.toFixed(1)} ms: ${percent(ours.min, kernels.min)} wall, ${percent(ours.cpu, kernels.cpu)} CPU`,
    peers: {},
  };
}
