/** What is compared with, and in which of its columns. */
export interface PeerKind {
  readonly name: string;
  /** Where a case has its words; a case without them is not run by it. */
  readonly words: "tfjs" | "jax" | "onnx";
  /** Computes through WebGPU, as we do: the ratio is to the best of these. */
  readonly webgpu: boolean;
  /** Waits on the thread that polls Dawn, so that the napping wait makes a difference. */
  readonly polls: boolean;
}

export const PEERS: readonly PeerKind[] = [
  { name: "tfjs-webgpu", words: "tfjs", webgpu: true, polls: true },
  { name: "jax-js", words: "jax", webgpu: true, polls: true },
  { name: "onnxruntime-webgpu", words: "onnx", webgpu: true, polls: false },
  { name: "onnxruntime-cpu", words: "onnx", webgpu: false, polls: false },
  { name: "tfjs-wasm", words: "tfjs", webgpu: false, polls: false },
];
