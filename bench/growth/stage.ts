import type { Engine } from "../../src/tensor/engine.ts";
import type { Cost } from "./cost.ts";
import type { Sizes } from "./point.ts";

/** A stage at given sizes, ready to run again and again. */
export interface Work {
  run(): Promise<unknown>;
  /** What the last run would have cost as a whole, where only some steps of it were taken. */
  readonly told?: () => Cost;
  close(): void;
}

/** Sets a stage up; what that costs does not count. */
export type Stage = (gpu: Engine, sizes: Sizes) => Work | Promise<Work>;
