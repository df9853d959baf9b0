import type { RecorderState } from "../audit/record/recorder.ts";
import type { CalibrationValues } from "../models/autoencoder/calibrate.ts";
import type { TrainingState } from "../models/training/training.ts";
import type { Solution, SolverState } from "../ot/solver/solution.ts";
import { decodeState, encodeState } from "./stateFile.ts";

/** What the autoencoder's stages end with. */
export interface Learned extends CalibrationValues {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly trainingLoss: number;
  readonly reconstructionMse: number;
}

/** What the transport ends with. */
export type Solved = Pick<Solution, "heights" | "steps" | "samplesInAll" | "stop" | "alpha">;

/**
 * Where a run goes on: in the middle of a stage, or at the beginning of one where its own part is
 * missing.
 */
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

const FORMAT = "brenier.checkpoint.3";

/** The bytes of a checkpoint; see `encodeState`. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array => encodeState(FORMAT, checkpoint);

/**
 * Reads what `encodeCheckpoint` wrote, and nothing else. DataError naming the file; FormatError for
 * a checkpoint of another version.
 */
export const decodeCheckpoint = (bytes: Uint8Array, name: string): Checkpoint =>
  decodeState(FORMAT, bytes, name, "finish the run with that version, or begin it again") as Checkpoint;
