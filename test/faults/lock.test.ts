import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { writeFileAtomic } from "../../src/files/atomicWrite.ts";
import { ownIdentity } from "../../src/run/identity.ts";
import { lockRun } from "../../src/run/lock.ts";
import { inFolder } from "../datasets/fixture.ts";
import { command } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { rejects, throws } from "../support/throws.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

describe("lock", {
  "a folder is locked once, until it is released": () =>
    inFolder(async (folder) => {
      const release = await lockRun(folder);
      await rejects(
        lockRun(folder),
        `run: expected no other run in ${folder}, got process ${process.pid} on ${hostname()}; wait for it, or end it`,
      );
      await release();
      await release();
      await (await lockRun(folder))();
      assert.equal(readdirSync(folder), []);
    }),

  "a lock of a process that is no more, or that has its number from another, or of none, holds nothing": () =>
    inFolder(async (folder) => {
      const path = join(folder, "run.lock");
      const release = await lockRun(folder);
      const own = JSON.parse(readFileSync(path, "utf8"));
      await release();
      const ended = [
        { ...own, pid: 2 ** 22 + 1 }, // above the largest process number
        { ...own, started: "1" },
      ];
      const texts = [...ended.map((holder) => JSON.stringify(holder)), "", "{", '{"pid":"1"}', "null", "x".repeat(1e6)];
      for (const text of texts) {
        writeFileSync(path, text);
        writeFileSync(join(folder, ".run.lock.1234.0123abcd.tmp"), JSON.stringify(ended[0]));
        await (await lockRun(folder))();
        assert.equal(readdirSync(folder), [], text.slice(0, 100));
      }
      for (const make of [() => symlinkSync(join(folder, "other"), path), () => symlinkSync("/dev/zero", path)]) {
        make();
        await (await lockRun(folder))();
        assert.equal(readdirSync(folder), []);
      }
    }),

  "a folder that cannot be written is named": async () => {
    await rejects(lockRun("/nowhere/run"), "run: cannot lock the folder /nowhere/run: ENOENT");
    await inFolder(async (folder) => {
      mkdirSync(join(folder, "run.lock"));
      await rejects(lockRun(folder), `run: cannot lock the folder ${folder}: E`);
      assert.equal(readdirSync(folder), ["run.lock"]);
    });
  },

  "before each file a run looks whether the folder is still its own; files elsewhere are not its matter": () =>
    inFolder(async (folder) => {
      const run = join(folder, "run");
      mkdirSync(run);
      const release = await lockRun(run);
      const path = join(run, "run.lock");
      const file = join(run, "a");
      writeFileAtomic(file, Uint8Array.of(1));
      const other = { pid: 1, host: "other", space: "elsewhere", started: "", nonce: "01234567" };
      for (const [change, got] of [
        [() => writeFileSync(path, JSON.stringify(other)), "process 1 on other"],
        [() => writeFileSync(path, "{"), "another process"],
        [() => rmSync(path), "nothing"],
      ] as const) {
        change();
        throws(
          () => writeFileAtomic(file, Uint8Array.of(2)),
          `run: expected this process in ${path}, got ${got}; ${run} was taken over, and this run ends`,
        );
        assert.equal([...readFileSync(file)], [1]);
        assert.not.ok(readdirSync(run).some((name) => name.endsWith(".tmp")));
      }
      writeFileAtomic(join(folder, "run2"), Uint8Array.of(3));
      await release();
      writeFileAtomic(file, Uint8Array.of(2));
    }),

  async "a process in another process namespace is neither asked nor taken for ended while it gives signs of life"() {
    await inFolder(async (folder) => {
      const modules = join(process.cwd(), ".test-build", "src", "run", "lock.js");
      const script = `import { lockRun } from ${JSON.stringify(modules)};
        await lockRun(${JSON.stringify(folder)});
        console.log(process.pid);
        setInterval(() => undefined, 1000);`;
      const child = spawn(
        "unshare",
        [
          "--user",
          "--map-root-user",
          "--pid",
          "--fork",
          "--kill-child",
          "--mount-proc",
          process.execPath,
          "-e",
          script,
        ],
        { stdio: ["ignore", "pipe", "pipe"] },
      );
      try {
        let [out, err] = ["", ""];
        child.stderr.on("data", (data: Buffer) => {
          err += data;
        });
        await new Promise<void>((resolve, reject) => {
          child.stdout.on("data", (data: Buffer) => {
            out += data;
            resolve();
          });
          child.on("exit", () => reject(new Error(`unshare: ${err}`)));
        });
        const holder = JSON.parse(readFileSync(join(folder, "run.lock"), "utf8"));
        assert.equal([holder.pid, holder.host, out], [1, hostname(), "1\n"]); // as in a container with this host's name
        assert.not.equal(holder.space, ownIdentity().space);
        const told: string[] = [];
        await rejects(
          lockRun(folder, { tell: (line) => told.push(line) }),
          `run: expected no other run in ${folder}, got process 1 on ${hostname()}; wait for it, or end it`,
        );
        assert.equal(told, [
          `${folder}/run.lock: process 1 on ${hostname()} cannot be asked from here; the folder is taken after 60 s without a sign of life`,
        ]);
      } finally {
        child.kill("SIGKILL");
      }
    });
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
