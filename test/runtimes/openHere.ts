// `openGpu` of the runtime that this runs in: Dawn's in Node and Bun, that of `navigator.gpu`
// elsewhere.
import type { OpenedGpu } from "../../src/adapter/opened.ts";
import type { Family } from "../../src/kernels/family.ts";

type Open = (options: { readonly family?: Family | undefined }) => Promise<OpenedGpu>;

export async function openerHere(): Promise<Open> {
  const inNode = "process" in globalThis && !("Deno" in globalThis);
  return (await (inNode ? import("../../src/adapter/openGpu.ts") : import("../../src/web.ts"))).openGpu;
}

export const openHere = async (family?: Family): Promise<OpenedGpu> => (await openerHere())({ family });
