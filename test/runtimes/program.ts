// Computes the workload in Node, Bun or Deno and prints its outcome as JSON. An argument names the
// family of kernels.
import type { Family } from "../../src/kernels/family.ts";
import { workload } from "./workload.ts";

const family = process.argv[2] as Family | undefined;
const { openGpu } = await ("Deno" in globalThis
  ? import("../../src/web.ts")
  : (import("../../src/adapter/openGpu.ts") as Promise<typeof import("../../src/adapter/openGpu.ts")>));
const outcome = await workload(() => openGpu({ family }));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
