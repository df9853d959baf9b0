// `openGpu` of the runtime that this runs in: Dawn's in Node and Bun, that of `navigator.gpu` elsewhere.
import type { OpenedGpu } from "../../src/adapter/opened.ts";
import type { Family } from "../../src/kernels/family.ts";

export async function openHere(family?: Family): Promise<OpenedGpu> {
  const { openGpu } = await ("process" in globalThis && !("Deno" in globalThis)
    ? import("../../src/adapter/openGpu.ts")
    : import("../../src/web.ts"));
  return openGpu({ family });
}
