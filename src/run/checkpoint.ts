import type { RecorderState } from "../audit/recorder.ts";
import { DataError } from "../data/error.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafeTensors } from "../data/safetensors.ts";
import { sha256 } from "../data/sha256.ts";
import type { CalibrationValues } from "../models/calibrate.ts";
import type { TrainingState } from "../models/trainAutoencoder.ts";
import type { Solution, SolverState } from "../ot/solver.ts";

/** What the autoencoder's stages end with. */
export interface Learned extends CalibrationValues {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly trainingLoss: number;
  readonly reconstructionMse: number;
}

/** What the transport ends with. */
export type Solved = Pick<Solution, "heights" | "steps" | "samplesInAll" | "stop" | "alpha">;

/** Where a run goes on: in the middle of a stage, or at the beginning of one where its own part is missing. */
export type RunState =
  | { readonly stage: "autoencoder"; readonly training?: TrainingState; readonly trainingLoss: number }
  | { readonly stage: "transport"; readonly learned: Learned; readonly solver?: SolverState }
  | { readonly stage: "samples"; readonly learned: Learned; readonly solved: Solved };

/** A run between two of its commands. */
export interface Checkpoint {
  readonly state: RunState;
  /** Steps of training and transport done, by which files are numbered. */
  readonly step: number;
  /** Bytes of log.jsonl. */
  readonly logBytes: number;
  readonly seconds: Readonly<Record<string, number>>;
  /** Where the record stands, if there is one. */
  readonly audit?: RecorderState;
  /** Digests of config and data, adapter, kernels and versions: what the bits depend on. */
  readonly origin: Readonly<Record<string, string>>;
}

const FORMAT = "brenier.checkpoint.1";

/** The bytes of a checkpoint: float32 and float64 tensors as they are, all else as JSON in the metadata, with a sha256 over all of it. */
export function encodeCheckpoint({ state, ...rest }: Checkpoint): Uint8Array {
  const tensors: Record<string, SafeTensor> = {};
  const scalars = JSON.stringify({ ...rest, state: take(state, "", tensors) }, (_key, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value,
  );
  const metadata = { format: FORMAT, run: scalars };
  return encodeSafetensors(tensors, { ...metadata, sha256: sha256(encodeSafetensors(tensors, metadata)) });
}

/**
 * Reads what `encodeCheckpoint` wrote, and nothing else: a file with one wrong bit is refused.
 *
 * @throws DataError naming the file.
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, name);
  const run = metadata.get("run");
  if (metadata.get("format") !== FORMAT || run === undefined) {
    throw new DataError(`${name}: expected a checkpoint of the format ${FORMAT}, got ${metadata.get("format")}`);
  }
  const all = Object.fromEntries(tensors);
  const plain = { format: FORMAT, run };
  const digest = sha256(encodeSafetensors(all, plain));
  if (!same(encodeSafetensors(all, { ...plain, sha256: digest }), bytes)) {
    throw new DataError(`${name}: expected the bytes that its sha256 ${metadata.get("sha256")} tells, got others`);
  }
  // The digest vouches for the text: it is what `encodeCheckpoint` made.
  const parsed = JSON.parse(run, (_key, value: unknown) => {
    const text = (value as { readonly number?: unknown } | null)?.number;
    return typeof text === "string" ? Number(text) : value;
  }) as Checkpoint;
  return { ...parsed, state: put(parsed.state, tensors) as RunState };
}

/** The value with its typed arrays moved to `tensors`, under their paths, and their names in their place. */
function take(value: unknown, path: string, tensors: Record<string, SafeTensor>): unknown {
  if (value instanceof Float32Array || value instanceof Float64Array) {
    tensors[path] = { shape: [value.length], data: value };
    return { tensor: path };
  }
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [
    key,
    take(part, path === "" ? key : `${path}.${key}`, tensors),
  ]);
  return Object.fromEntries(entries);
}

/** The inverse of `take`. */
function put(value: unknown, tensors: SafeTensors["tensors"]): unknown {
  if (Array.isArray(value) || typeof value !== "object" || value === null) return value;
  const { tensor } = value as { readonly tensor?: unknown };
  if (typeof tensor === "string") return tensors.get(tensor)?.data;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, put(part, tensors)]));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
