import type { Experiment } from "./lab/experiment.ts";
import { ACCURACY } from "./pictures/accuracy.ts";
import { EXTENSION } from "./pictures/extension.ts";
import { PICTURES } from "./pictures/pictures.ts";
import { STACKED } from "./pictures/stacked.ts";
import { COLLABORATION } from "./plane/collaboration.ts";
import { PLANAR } from "./plane/planar.ts";

/** Every experiment, in the order of the report. */
export const EXPERIMENTS: readonly Experiment[] = [PLANAR, STACKED, ...PICTURES, EXTENSION, ACCURACY, COLLABORATION];
