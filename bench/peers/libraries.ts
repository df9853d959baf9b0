// How each peer is loaded in Node, told to use its backend, run, waited for and read.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { create, globals } from "webgpu";
import type { Case } from "../case.ts";
import { root } from "../root.ts";
import type { Jax, Tf } from "./api.ts";
import { jaxCase, type Prepared, tfjsCase } from "./prepared.ts";
import { onnxModel } from "./protobuf.ts";

/** Thrown when a peer cannot be loaded. */
export class NotLoaded extends Error {}

const errors: string[] = [];

/** Throws the first error that the peer's device has reported. */
export function throwDeviceErrors(): void {
  if (errors[0] !== undefined) throw new Error(errors[0].trim().split("\n")[0]);
}

// Dawn's instance dies with the object that `create` returned; the listener keeps it reachable.
function giveWebGpu(): void {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  process.once("exit", () => gpu.constructor);
  const navigator = { gpu, userAgent: "node", hardwareConcurrency: availableParallelism() };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await request.apply(this, args);
    device.addEventListener("uncapturederror", (event) => {
      errors.push((event as GPUUncapturedErrorEvent).error.message);
    });
    return device;
  };
}

async function load(name: string): Promise<unknown> {
  const { load: loadPeer } = await import(pathToFileURL(join(root, "bench/peers/load.mjs")).href);
  try {
    return await loadPeer(name);
  } catch (error) {
    throw new NotLoaded(error instanceof Error ? error.message : String(error));
  }
}

export async function tfjs(backend: "webgpu" | "wasm", work: Case): Promise<Prepared> {
  if (backend === "webgpu") giveWebGpu();
  Object.assign(globalThis, { window: globalThis });
  const tf = (await load("@tensorflow/tfjs")) as Tf;
  await load(`@tensorflow/tfjs-backend-${backend}`);
  return tfjsCase(tf, backend, work);
}

export async function jax(work: Case): Promise<Prepared> {
  giveWebGpu();
  return jaxCase((await load("@jax-js/jax")) as Jax, work);
}

interface Ort {
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { data: Float32Array }>>>;
    }>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => object;
}

export async function onnx(provider: "webgpu" | "cpu", work: Case): Promise<Prepared> {
  const node = work.onnx?.(work.inputs());
  const first = node?.inputs[0];
  if (node === undefined || first === undefined) throw new Error("the case has no words for it");
  const loaded = (await load("onnxruntime-node")) as { default: Ort };
  const ort = loaded.default;
  const threads = provider === "webgpu" ? { intraOpNumThreads: 1 } : {};
  const options = { executionProviders: [{ name: provider }], logSeverityLevel: 3, ...threads };
  const session = await ort.InferenceSession.create(onnxModel(node), options);
  const feeds = { x0: new ort.Tensor("float32", first.values, first.shape) };
  let last: Promise<unknown> = Promise.resolve();
  return {
    run() {
      // Each run uploads its input and downloads its output.
      last = last.then(() => session.run(feeds));
    },
    done: () => last,
    async check() {
      const y = (await session.run(feeds))["y"]?.data ?? new Float32Array();
      return { y: node.read?.(y) ?? y };
    },
  };
}
