// A process of its own for one peer and one case: it answers the bench's requests, lines of JSON on
// Node's channel.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { napping } from "../../src/adapter/nap.ts";
import type { Case } from "../case.ts";
import { fullCases, gpuCases } from "../cases/all.ts";
import { calibrate, sampleFor, type Timed } from "../measure.ts";
import { jax, NotLoaded, onnx, tfjs, throwDeviceErrors } from "./libraries.ts";
import type { Answer, Request } from "./peer.ts";
import type { Prepared } from "./prepared.ts";

const LIBRARIES: Readonly<Record<string, (work: Case) => Promise<Prepared>>> = {
  "tfjs-webgpu": (work) => tfjs("webgpu", work),
  "tfjs-wasm": (work) => tfjs("wasm", work),
  "jax-js": jax,
  "onnxruntime-webgpu": (work) => onnx("webgpu", work),
  "onnxruntime-cpu": (work) => onnx("cpu", work),
};

const nap = napping(); // the way in which src/adapter/openGpu.ts waits for CPU drivers
let prepared: Prepared | undefined;
let least: number | undefined; // least number of runs in a sample
let runs = 0;

async function answer(request: Request): Promise<Answer> {
  if (request.do === "prepare") {
    const work = [...fullCases, ...gpuCases].find(
      ({ name, shape }) => name === request.name && shape === request.shape,
    );
    const library = LIBRARIES[request.peer];
    if (work === undefined || library === undefined) throw new Error(`no case ${request.name} of ${request.peer}`);
    prepared = await library(work);
    least = work.runs;
    const results = Object.entries(await prepared.check());
    throwDeviceErrors();
    const files = results.map(([name, values], i) => {
      const path = join(request.folder, `${request.peer}-${i}.f32`);
      writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return [name, path] as const;
    });
    return { results: Object.fromEntries(files) };
  }
  if (prepared === undefined) throw new Error("nothing was prepared");
  const job = prepared;
  const timed: Timed = request.wait === "shipped" ? job : { run: () => job.run(), done: () => nap(job.done()) };
  if (runs === 0) runs = await calibrate({ run: () => job.run(), done: () => nap(job.done()) }, least);
  const samples = await sampleFor(timed, runs, request.budget);
  throwDeviceErrors();
  return { samples };
}

process.on("message", (request: Request) => {
  void answer(request)
    .catch((error: unknown): Answer => {
      const [text = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return error instanceof NotLoaded ? { notLoaded: text.replace(/ imported from .*/, "") } : { error: text };
    })
    .then((given) => process.send?.(given));
});
