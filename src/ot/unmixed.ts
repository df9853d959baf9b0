import type { Extended } from "./extend.ts";

/** What a rule says of samples that it mixes with no other target. */
export function unmixed(count: number): Pick<Extended, "partner" | "weight" | "angle" | "rejected"> {
  return {
    partner: new Int32Array(count).fill(-1),
    weight: new Float32Array(count),
    angle: new Float32Array(count).fill(Number.POSITIVE_INFINITY),
    rejected: new Uint32Array(0),
  };
}
