// `npm run cluster`: shows a cluster on this machine, and leaves nothing behind.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as assert from "uvu/assert";
import { describe } from "../../support/suite.ts";
import { throws } from "../../support/throws.ts";

const run = (...args: string[]): Promise<{ readonly code: number | null; readonly text: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, ["scripts/cluster.mjs", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        text += data;
      });
    }
    child.once("close", (code) => resolve({ code, text }));
  });

describe("a cluster to try out", {
  async "shows server, workers and a job with the bytes of one process, and ends all of them"() {
    const { code, text } = await run("--workers", "2");
    assert.is(code, 0, text);
    for (const line of [
      "doctor: credentials  taken",
      "coordinator: cluster: worker 1 counts",
      "coordinator: cluster: worker 2 counts",
      "centres.npy: the same bytes by 2 workers and by one process",
    ]) {
      assert.match(text, line);
    }
    const [, pid, folder = ""] = /process (\d+), credentials for two roles in (\S+)/.exec(text) ?? [];
    assert.not.ok(existsSync(folder), folder);
    throws(() => process.kill(Number(pid), 0), "ESRCH");
  },

  async "says what it expects"() {
    for (const args of [
      ["--workers", "0"],
      ["--worker", "2"],
    ]) {
      const { code, text } = await run(...args);
      assert.is(code, 2, text);
      assert.match(text, /^cluster: /);
    }
  },
});
