/** A peer: a library and backend to compare with, and its columns in the table. */
export interface PeerKind {
  readonly name: string;
  /**
   * The field of a case that holds the work in this peer's calls; a peer does not run a case
   * without it.
   */
  readonly words: "tfjs" | "jax" | "onnx";
  /**
   * Whether it computes through WebGPU, as this library does; the ratio is to the best of such
   * peers.
   */
  readonly webgpu: boolean;
  /**
   * Whether it waits on the thread that polls Dawn, so that the napping wait makes a difference.
   */
  readonly polls: boolean;
}

export const PEERS: readonly PeerKind[] = [
  { name: "tfjs-webgpu", words: "tfjs", webgpu: true, polls: true },
  { name: "jax-js", words: "jax", webgpu: true, polls: true },
  { name: "onnxruntime-webgpu", words: "onnx", webgpu: true, polls: false },
  { name: "onnxruntime-cpu", words: "onnx", webgpu: false, polls: false },
  { name: "tfjs-wasm", words: "tfjs", webgpu: false, polls: false },
];
