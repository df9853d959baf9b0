import type { SolveOptions } from "./solver.ts";

/** What `solve` derives from its options. */
export interface Plan {
  readonly chi2: number;
  readonly seed: number;
  /** Targets with mass. */
  readonly active: number;
  /** Samples by the budget law. */
  readonly asked: number;
  readonly budget: number;
  /** Samples of an estimate of χ². */
  readonly test: number;
  readonly options: SolveOptions;
}
