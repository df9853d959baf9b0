// kill -9 at random moments.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { hostRandom } from "../../src/math/philox.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
const KILLS = 50;

describe("kill", {
  async "killed with kill -9 50 times at random moments and resumed each time, runs end with the same bytes (seed 1)"() {
    const whole = await command(folder, "train", [...TINY, "--out", "whole"]);
    assert.is(whole.code, 0, whole.err);
    const random = hostRandom(1, 0);
    let [kills, runs] = [0, 0];
    let longest = 1000; // ms of a run from its start to its end, as far as one was seen
    while (kills < KILLS) {
      const run = `killed-${runs++}`;
      let args: readonly string[] = [...TINY, "--out", run, "--checkpoint", "5"];
      for (;;) {
        const start = performance.now();
        const wait = longest * random.uniform();
        let timer: NodeJS.Timeout | undefined;
        const result = await command(folder, "train", args, {
          onStart(kill: (s: NodeJS.Signals) => void) {
            if (kills < KILLS) timer = setTimeout(() => kill("SIGKILL"), wait);
          },
        });
        clearTimeout(timer);
        if (result.signal === null) {
          assert.is(result.code, 0, result.err);
          longest = Math.max(longest, performance.now() - start);
          break;
        }
        assert.is(result.signal, "SIGKILL");
        kills++;
        // Killed before its config was written, there is nothing to go on with: it begins anew.
        if (existsSync(path(run, "config.json"))) args = ["--resume", run, "--checkpoint", "5"];
        else rmSync(path(run), { recursive: true, force: true });
      }
      assertSameRun(path(run), path("whole"));
    }
    assert.ok(runs < KILLS / 2, `${runs} runs for ${kills} kills`);
  },
});
