// Computes the workload in Node, Bun or Deno and prints its outcome as JSON. An argument names the
// family of kernels; "remote" in place of it tries workers.
import type { Family } from "../../src/kernels/family.ts";
import { openHere } from "./openHere.ts";
import { remote } from "./remote.ts";
import { workload } from "./workload.ts";

const [, , argument] = process.argv;
const outcome = argument === "remote" ? await remote() : await workload(() => openHere(argument as Family | undefined));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
