import type { OpenedGpu } from "../adapter/opened.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Signal } from "../kernels/signal.ts";
import type { CheckpointPolicy } from "./checkpoints.ts";
import type { RunConfig } from "./config.ts";
import type { Progress } from "./progress.ts";

/** The context of a training run: made once by the command, and passed to every part of the run. */
export interface RunContext {
  readonly config: RunConfig;
  readonly folder: string;
  readonly data: Dataset;
  /** The first device; the caller disposes of it. */
  readonly gpu: OpenedGpu;
  /** Opens another device like `gpu`, after `gpu` was lost. */
  readonly reopen: () => Promise<OpenedGpu>;
  /** The workers that count the samples of the transport, in place of `gpu`. */
  readonly cluster?: Cluster | undefined;
  readonly checkpoints: CheckpointPolicy;
  readonly progress: Progress;
  /** Whether report.html is written. */
  readonly report?: boolean;
  /** Aborted once the user asked to stop: the run then saves a checkpoint and throws the reason. */
  readonly signal: Signal;
}
