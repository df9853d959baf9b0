import type { Family } from "../../src/kernels/gpu.ts";
import { openGpu } from "../../src/node.ts";
import { Engine } from "../../src/tensor/engine.ts";

// Kept for the life of the process, so that Dawn's objects are not collected under the tests.
const opened: unknown[] = [];

/** An engine on a real adapter, or an error: a skipped GPU test would look like a passed one. */
export async function testEngine(family?: Family): Promise<Engine> {
  const node = await openGpu(family === undefined ? {} : { family });
  opened.push(node);
  return new Engine(node.gpu);
}
