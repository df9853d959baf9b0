import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { lockRun } from "../../src/run/lock.ts";
import { inFolder } from "../datasets/fixture.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

describe("lock", {
  "a folder is locked once, until it is released": () =>
    inFolder((folder) => {
      const release = lockRun(folder);
      throws(
        () => lockRun(folder),
        `run: expected no other run in ${folder}, got process ${process.pid} on ${hostname()}; wait for it`,
      );
      release();
      release();
      lockRun(folder)();
      assert.equal(readdirSync(folder), []);
    }),

  "a lock of a process that is no more, or that has its number from another, holds nothing": () =>
    inFolder((folder) => {
      const path = join(folder, "run.lock");
      const release = lockRun(folder);
      const own = JSON.parse(readFileSync(path, "utf8"));
      release();
      const dead = [
        { ...own, pid: 2 ** 22 + 1 }, // above the largest process number
        { ...own, started: "another boot 1" },
        { ...own, started: own.started.replace(/\d+$/, "1") },
      ];
      for (const text of [...dead.map((holder) => JSON.stringify(holder)), "", "{", '{"pid":"1"}', "null"]) {
        writeFileSync(path, text);
        lockRun(folder)();
        assert.equal(readdirSync(folder), [], text);
      }
      const elsewhere = JSON.stringify({ ...own, host: "elsewhere" });
      writeFileSync(path, elsewhere);
      throws(() => lockRun(folder), "on elsewhere; wait for it, or remove");
      assert.is(readFileSync(path, "utf8"), elsewhere);
    }),

  "a folder that cannot be written is named": () => {
    throws(() => lockRun("/nowhere/run"), "run: cannot lock the folder /nowhere/run: ENOENT");
  },

  async "of two runs in one folder the second is refused, and the first goes on; kill -9 frees the lock"() {
    const folder = tinyFolder();
    let second: Promise<{ code: number | null; err: string }> | undefined;
    const first = await command(folder, "train", [...TINY, "--checkpoint", "3", "--out", "run"], {
      onError(text, kill) {
        if (text.includes("autoencoder  kernel")) second ??= command(folder, "train", ["--resume", "run"]);
        if (text.includes("transport")) void second?.then(() => kill("SIGKILL"));
      },
    });
    const refused = await second;
    assert.is(refused?.code, 1, refused?.err);
    assert.match(refused?.err ?? "", /\ntrain: run: expected no other run in run, got process \d+ on /);
    if (first.signal === "SIGKILL") {
      assert.ok(existsSync(join(folder, "run", "run.lock")));
      const resumed = await command(folder, "train", ["--resume", "run"]);
      assert.is(resumed.code, 0, resumed.err);
    } else assert.is(first.code, 0, first.err); // it was done before the second one gave up
    const whole = await command(folder, "train", [...TINY, "--out", "whole"]);
    assert.is(whole.code, 0, whole.err);
    assertSameRun(join(folder, "run"), join(folder, "whole"));
  },
});
