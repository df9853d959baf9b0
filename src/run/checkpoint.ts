import type { RecorderState } from "../audit/record/recorder.ts";
import type { CalibrationValues } from "../models/autoencoder/calibrate.ts";
import type { PrincipalState } from "../models/autoencoder/principalComponents.ts";
import type { TrainingState } from "../models/training/training.ts";
import type { Solution, SolverState } from "../ot/solver/solution.ts";
import type { StageMemory } from "./reportParts.ts";
import { decodeState, encodeState } from "./stateFile.ts";

/** The result of the autoencoder's stages. */
export interface Learned extends CalibrationValues {
  /** The flat parameters. */
  readonly parameters: Float32Array;
  readonly trainingLoss: number;
  readonly reconstructionMse: number;
}

/** The result of the transport stage. */
export type Solved = Pick<Solution, "heights" | "steps" | "samplesInAll" | "stop" | "alpha" | "flips" | "inflation">;

/**
 * The point from which a run continues: in the middle of a stage, or at its beginning where the
 * stage's own part is missing.
 */
export type RunState =
  | {
      readonly stage: "autoencoder";
      /** The search for principal components, where the training has not begun. */
      readonly principal?: PrincipalState;
      readonly training?: TrainingState;
      readonly trainingLoss: number;
    }
  | { readonly stage: "transport"; readonly learned: Learned; readonly solver?: SolverState }
  | { readonly stage: "samples"; readonly learned: Learned; readonly solved: Solved };

/** The state of a run between two of its commands. */
export interface Checkpoint {
  readonly state: RunState;
  /** Number of steps of training and transport done, by which checkpoint files are numbered. */
  readonly step: number;
  /** Length of log.jsonl in bytes. */
  readonly logBytes: number;
  /** Seconds of each stage so far. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Memory of the device at the end of each stage so far, and the greatest until then. */
  readonly memory: Readonly<Record<string, StageMemory>>;
  /** The state of the audit record, if there is one. */
  readonly audit?: RecorderState;
  /**
   * Digests of config and data, adapter, kernels and versions: everything that the bits of results
   * depend on.
   */
  readonly origin: Readonly<Record<string, string>>;
}

const FORMAT = "brenier.checkpoint.5";

/** The bytes of a checkpoint; see `encodeState`. */
export const encodeCheckpoint = (checkpoint: Checkpoint): Uint8Array => encodeState(FORMAT, checkpoint);

/**
 * Reads what `encodeCheckpoint` wrote, and nothing else. DataError naming the file; FormatError for
 * a checkpoint of another version.
 */
export const decodeCheckpoint = (bytes: Uint8Array, name: string): Checkpoint =>
  decodeState(FORMAT, bytes, name, "finish the run with that version, or begin it again") as Checkpoint;
