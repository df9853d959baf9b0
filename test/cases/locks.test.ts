// Streams that fail, homes that are missing, bounds that cannot be reached, and runs that belong to
// a container: each input ends with its exit code and, where it fails, with one line.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

const root = process.cwd();
const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
writeFileSync(path("square.csv"), "0,0\n1,0\n0,1\n1,1\n");

interface Ending {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs lines of bash in the folder, in which `brenier doctor >/dev/full` runs a command. */
function shell(lines: string): Promise<Ending> {
  return new Promise((resolve, reject) => {
    const script = `brenier() { "${process.execPath}" "${root}/dist/$1.js" "\${@:2}"; }\n${lines}`;
    const child = spawn("bash", ["-c", script], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data: Buffer) => {
      out += data;
    });
    child.stderr.on("data", (data: Buffer) => {
      err += data;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err: err.replace(/^Warning: max.*\n/gm, "") }));
  });
}

const deep = process.env["BRENIER_DEEP"] === "1";

/** How the standard error fails: for each command in one way, in the deep form in every way. */
const QUIET = ["2>/dev/full", "2>&-", "2> >(true)"];
const NO_SPACE = "cannot write to the standard output: ENOSPC: no space left on device, write\n";

describe("cases: streams", {
  async "a run whose standard error fails goes on, saves when it is stopped, and ends with the same bytes"() {
    const whole = await shell(`brenier train ${TINY.join(" ")} --out whole`);
    assert.is(whole.code, 0, whole.err);
    // Stopped once its log has a line of the transport.
    const stopped = await shell(`"${process.execPath}" "${root}/dist/train.js" ${TINY.join(" ")} --out run 2>/dev/full &
      until grep -q transport run/log.jsonl 2>/dev/null; do sleep 0.02; done
      kill -INT $!; wait $!`);
    assert.is(stopped.code, 130, stopped.err);
    assert.ok(readdirSync(path("run")).some((name) => name.startsWith("checkpoint-")));
    assert.not.ok(existsSync(path("run", "run.lock")));
    const resumed = await shell("brenier train --resume run 2> >(true)");
    assert.equal([resumed.code, resumed.out], [0, whole.out.replaceAll("whole", "run")]);
    assertSameRun(path("run"), path("whole"));
  },

  async "every command keeps its exit code when its standard error fails"() {
    for (const [n, [line, code]] of (
      [
        ["train --resume nowhere", 4],
        ["train --resume whole", 0],
        ["audit summary whole", 0],
        ["audit summary nowhere", 4],
        ["data verify images", 0],
        ["data verify nowhere", 2],
        ["transport square.csv --exact --out exact-$RANDOM", 0],
        ["transport nowhere.csv", 4],
        ["generate nowhere --out x", 4],
        ["reproduce nothing", 2],
        ["doctor", 0],
        ["generate whole --out $RANDOM.npy", 0],
        ["transport square.csv --out sampled-$RANDOM", 0],
      ] as const
    ).entries()) {
      for (const quiet of deep ? QUIET : [QUIET[n % 3]]) {
        const result = await shell(`brenier ${line} ${quiet}`);
        assert.is(result.code, code, `${line} ${quiet}: ${result.err}`);
      }
    }
    const made = readdirSync(folder).filter((name) => /^(exact|sampled)-/.test(name));
    assert.is(made.length, deep ? 6 : 2);
    for (const name of made) assert.ok(existsSync(path(name, "summary.json")), name);
    const [pictures] = readdirSync(folder).filter((name) => name.endsWith(".npy"));
    assert.is(readFileSync(path(pictures as string)).length, 128 + 100 * 12 * 12);
  },

  async "a command whose standard output cannot be written says so in one line, and what it made is whole"() {
    for (const [name, line] of [
      ["doctor", "doctor"],
      ["train", "train --resume whole"],
      ["audit", "audit summary whole"],
      ["data", "data verify images"],
      ["transport", "transport square.csv --exact --out full"],
      ["generate", "generate --help"],
      ["reproduce", "reproduce --help"],
    ] as const) {
      const full = await shell(`brenier ${line} >/dev/full`);
      assert.is(full.code, 1, line);
      assert.ok(full.err.endsWith(`${name}: ${NO_SPACE}`), full.err);
      if (name !== "transport") assert.is(full.err, `${name}: ${NO_SPACE}`);
    }
    assert.ok(existsSync(path("full", "summary.json")));
    const both = await shell("brenier audit summary whole >/dev/full 2>/dev/full");
    assert.equal(both, { code: 1, out: "", err: "" });
  },

  async "a reader that closes the pipe ends the output, not the command"() {
    for (const [line, readers] of [
      ["doctor", ["true"]],
      ["audit summary whole", ["head -1", "true"]],
      ["audit verify whole", deep ? ["head -1"] : []],
      ["audit explain matmulPortable --run whole", ["head -1"]],
      ["data show images --out grid.png", ["true"]],
      ["transport square.csv --exact --out head", ["true"]],
      ["train --help", ["head -1"]],
      ["generate --help", ["head -1"]],
      ["reproduce --help", ["head -1"]],
    ] as const) {
      for (const reader of readers) {
        const result = await shell(`brenier ${line} > >(${reader} >/dev/null)`);
        assert.is(result.code, 0, `${line} | ${reader}: ${result.err}`);
      }
    }
    assert.ok(existsSync(path("grid.png")) && existsSync(path("head", "summary.json")));
  },
});
