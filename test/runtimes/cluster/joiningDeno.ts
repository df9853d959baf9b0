// Counts for a cluster in Deno, and prints what it was told: `joiningDeno.js SERVER SEED
// FOREIGN-SEED`.
import { openGpu } from "../../../src/web.ts";
import { joining } from "./joining.ts";

process.stdout.write(`${JSON.stringify(await joining(await openGpu(), process.argv.slice(2), "deno"))}\n`);
