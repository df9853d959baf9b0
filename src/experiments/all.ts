import type { Experiment } from "./experiment.ts";
import { PICTURES } from "./pictures.ts";

/** Every experiment, in the order of the report. */
export const EXPERIMENTS: readonly Experiment[] = [...PICTURES];
