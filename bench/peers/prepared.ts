// A case in the calls of a peer that runs in Node and in a page.
import type { Arrays, Case, PeerRun } from "../case.ts";
import type { Jax, JaxArray, Tf, TfTensor } from "./api.ts";

/** A case of one peer, ready to be checked and timed. */
export interface Prepared {
  /** Starts one run. */
  run(): void;
  /** Waits for all runs that were started. */
  done(): Promise<unknown>;
  check(): Promise<Arrays>;
}

/** A case in tfjs, with its backend loaded. */
export async function tfjsCase(tf: Tf, backend: "webgpu" | "wasm", work: Case): Promise<Prepared> {
  if (work.tfjs === undefined) throw new Error("the case has no words for it");
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  const job: PeerRun<TfTensor> = work.tfjs(tf, work.inputs());
  return {
    run: () => tf.tidy(() => void job.run()),
    async done() {
      if (backend !== "webgpu") return;
      const { device } = tf.backend();
      tf.backend().endComputePassEncoder();
      tf.backend().submitQueue();
      await device.queue.onSubmittedWorkDone();
    },
    check: () => readAll(tf.tidy(() => (job.check ?? job.run)())),
  };
}

/** A case in jax-js, whose library is loaded. */
export async function jaxCase(library: Jax, work: Case): Promise<Prepared> {
  if (work.jax === undefined) throw new Error("the case has no words for it");
  await library.init("webgpu");
  library.defaultDevice("webgpu");
  const job: PeerRun<JaxArray> = work.jax(library, work.inputs());
  let made: JaxArray[] = [];
  return {
    run: () => void made.push(...Object.values(job.run())),
    async done() {
      await library.blockUntilReady(made);
      for (const array of made) array.dispose();
      made = [];
    },
    check: () => readAll((job.check ?? job.run)()),
  };
}

async function readAll(tensors: Readonly<Record<string, { data(): Promise<Float32Array> }>>): Promise<Arrays> {
  const read: Record<string, Float32Array> = {};
  for (const [name, tensor] of Object.entries(tensors)) read[name] = await tensor.data();
  return read;
}
