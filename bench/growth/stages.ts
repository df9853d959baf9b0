import { networkStages } from "./network.ts";
import type { Stage } from "./stage.ts";
import { transportStages } from "./transport.ts";

/** Every stage that is measured, by its name. */
export const stages = { ...transportStages, ...networkStages };
export type StageName = keyof typeof stages;

export const stageOf = (name: StageName): Stage => stages[name];
