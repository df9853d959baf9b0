import { ACCURACY } from "./accuracy.ts";
import { COLLABORATION } from "./collaboration.ts";
import type { Experiment } from "./experiment.ts";
import { EXTENSION } from "./extension.ts";
import { PICTURES } from "./pictures.ts";
import { PLANAR } from "./planar.ts";
import { STACKED } from "./stacked.ts";

/** Every experiment, in the order of the report. */
export const EXPERIMENTS: readonly Experiment[] = [PLANAR, STACKED, ...PICTURES, EXTENSION, ACCURACY, COLLABORATION];
