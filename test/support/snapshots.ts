// Preloaded into a process by `--import`: from the moment when the file WATCHED is in place, copies
// its folder into SNAPSHOTS/0, SNAPSHOTS/1, … before each call that changes a file. A kill at the
// n-th of these calls leaves just that.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join } from "node:path";

const { WATCHED = "", SNAPSHOTS = "" } = process.env;
const { cpSync, existsSync } = fs;
let [count, busy] = [0, false];

function snapshot(): void {
  if (busy || !existsSync(WATCHED)) return;
  busy = true;
  cpSync(dirname(WATCHED), join(SNAPSHOTS, String(count++)), { recursive: true });
  busy = false;
}

for (const name of ["fsyncSync", "renameSync", "rmSync", "unlinkSync", "linkSync", "ftruncateSync"] as const) {
  const call = fs[name] as (...args: unknown[]) => unknown;
  const spied = (...args: unknown[]): unknown => {
    snapshot();
    return call(...args);
  };
  Object.assign(fs, { [name]: spied });
}
syncBuiltinESMExports();
process.on("exit", snapshot);
