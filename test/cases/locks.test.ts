// Streams that fail, homes that are missing, bounds that cannot be reached, and runs that belong to
// a container: each input ends with its exit code and, where it fails, with one line.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { openGpu } from "../../src/adapter/openGpu.ts";
import { ownIdentity } from "../../src/run/identity.ts";
import { lockRun } from "../../src/run/lock.ts";
import type { Tensor } from "../../src/tensor/engine.ts";
import { inFolder } from "../datasets/fixture.ts";
import { openings } from "../support/openings.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
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
/** Cases of the deep form alone. */
const inDepth = <T>(...cases: readonly T[]): readonly T[] => (deep ? cases : []);

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
    const commands: readonly (readonly [line: string, code: number])[] = [
      ["train --resume nowhere", 4],
      ["audit summary whole", 0],
      ["data verify images", 0],
      ["transport square.csv --exact --out exact-$RANDOM", 0],
      ["reproduce nothing", 2],
      ["generate whole --out $RANDOM.npy", 0],
      ...inDepth<readonly [string, number]>(
        ["train --resume whole", 0],
        ["audit summary nowhere", 4],
        ["data verify nowhere", 2],
        ["transport nowhere.csv", 4],
        ["transport square.csv --out sampled-$RANDOM", 0],
        ["generate nowhere --out x", 4],
        ["doctor", 0],
      ),
    ];
    for (const [n, [line, code]] of commands.entries()) {
      for (const quiet of deep ? QUIET : [QUIET[n % 3]]) {
        const result = await shell(`brenier ${line} ${quiet}`);
        assert.is(result.code, code, `${line} ${quiet}: ${result.err}`);
      }
    }
    const made = readdirSync(folder).filter((name) => /^(exact|sampled)-/.test(name));
    assert.is(made.length, deep ? 6 : 1);
    for (const name of made) assert.ok(existsSync(path(name, "summary.json")), name);
    const [pictures] = readdirSync(folder).filter((name) => name.endsWith(".npy"));
    assert.is(readFileSync(path(pictures as string)).length, 128 + 100 * 12 * 12);
  },

  async "a command whose standard output cannot be written says so in one line, and what it made is whole"() {
    for (const line of [
      "train --resume whole",
      "audit summary whole",
      "transport square.csv --exact --out full",
      ...inDepth("doctor", "data verify images", "generate --help", "reproduce --help"),
    ]) {
      const [name = ""] = line.split(" ");
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
    for (const line of [
      "audit summary whole",
      "data show images --out grid.png",
      "transport square.csv --exact --out head-$RANDOM",
      ...inDepth(
        "doctor",
        "audit verify whole",
        "audit explain matmulPortable --run whole",
        "train --help",
        "generate --help",
        "reproduce --help",
      ),
    ]) {
      for (const reader of deep ? ["head -1", "true"] : ["true"]) {
        const result = await shell(`brenier ${line} > >(${reader} >/dev/null)`);
        assert.is(result.code, 0, `${line} | ${reader}: ${result.err}`);
      }
    }
    const [head = ""] = readdirSync(folder).filter((name) => name.startsWith("head-"));
    assert.ok(existsSync(path("grid.png")) && existsSync(path(head, "summary.json")));
  },
});

describe("cases: homes", {
  async "commands do without a home folder, or with one that holds nothing"() {
    // As in a container that runs under a number that no user has, without HOME.
    const nameless = "unshare --user --map-user=54321 env -u HOME -u XDG_CACHE_HOME -u BRENIER_CACHE";
    const node = (command: string): string => `"${process.execPath}" "${root}/dist/${command}.js"`;
    const precondition = await shell(`${nameless} "${process.execPath}" -p 'os.homedir()'`);
    assert.match(precondition.err, "uv_os_homedir returned ENOENT");
    const run = await shell(`${nameless} ${node("train")} ${TINY.join(" ")} --out homeless`);
    assert.is(run.code, 0, run.err);
    assertSameRun(path("homeless"), path("whole"));
    for (const home of ["XDG_CACHE_HOME=/proc/none HOME=/dev/full", ...inDepth("HOME=", "HOME=/proc/none")]) {
      const result = await shell(`${nameless} env ${home} ${node("doctor")}`);
      assert.is(result.code, 0, `${home}: ${result.err}`);
    }

    // A client of packages that, as npm does, needs a home and a cache that it can write.
    mkdirSync(path("bin"));
    writeFileSync(
      path("bin", "npm"),
      `#!/bin/sh
      case "$*" in *--cache*) ;; *) [ -w "$HOME" ] || { echo "npm error code ENOCACHE" >&2; exit 1; } ;; esac
      [ -n "$HOME" ] || { echo "npm error code ENOHOME" >&2; exit 1; }
      echo "npm error code EFINE" >&2; exit 1\n`,
      { mode: 0o755 },
    );
    for (const home of ["", ...inDepth("env HOME=/proc/none", "env HOME=")]) {
      const fetched = await shell(
        `export PATH="$PWD/bin:$PATH"; ${nameless} ${home} ${node("data")} fetch mnist --dir none`,
      );
      assert.match(fetched.err, "EFINE", home);
    }
  },
});

describe("cases: bounds", {
  async "a chi² or a batch that cannot be reached is refused before the work, with what can"() {
    const commands: readonly (readonly [line: string, message: string])[] = [
      [
        "train --data images --chi2 1e-300 --batch 9 --out far",
        "train: --chi2: expected at least 5.95e-11 for 36 images, since less takes more than 2^40 samples, got 1e-300; see --help\n",
      ],
      [
        "transport square.csv --chi2 1e-300 --out far",
        "transport: --chi2: expected at least 6.61e-12 for 4 points, since less takes more than 2^40 samples, " +
          "got 1e-300; raise it or give --budget; see --help\n",
      ],
      ...inDepth<readonly [string, string]>(
        [
          "train --data images --epochs 1000000000000000 --out far",
          "train: --epochs: expected an integer from 1 to 1000000, got 1000000000000000; see --help\n",
        ],
        [
          "transport square.csv --budget 9007199254740991 --out far",
          "transport: --budget: expected an integer from 9600 to 1099511627776, got 9007199254740991; see --help\n",
        ],
      ),
    ];
    for (const [line, message] of commands) {
      const result = await shell(`brenier ${line}`);
      assert.equal(result, { code: 2, out: "", err: message });
    }
    assert.not.ok(existsSync(path("far")));
  },

  async "a config.json that does not fit its pictures or its device is refused by name when the run goes on, at once"() {
    const config = readFileSync(path("whole", "config.json"), "utf8");
    mkdirSync(path("hostile"));
    const peak = "data:text/javascript,process.on('exit',()=>console.error('peak',process.resourceUsage().maxRSS))";
    const changes: readonly (readonly [key: string, value: string, message: string])[] = [
      [
        "height",
        "65536",
        `hostile/config.json: expected a \`model\` for the images of ${path("images")}, 12 × 12 × 1, got 65536 × 12 × 1`,
      ],
      [
        "batch",
        "9007199254740991",
        "hostile/config.json: expected a `batch` of at most `limit`, 36, got 9007199254740991",
      ],
      [
        "chi2",
        "1e-300",
        "hostile/config.json: expected `chi2` as at least 5.95e-11 for 36 images, since less takes more than 2^40 samples, got 1e-300",
      ],
      ...inDepth<readonly [string, string, string]>(
        [
          "width",
          "65536",
          `hostile/config.json: expected a \`model\` for the images of ${path("images")}, 12 × 12 × 1, got 12 × 65536 × 1`,
        ],
        [
          "channels",
          "3",
          `hostile/config.json: expected a \`model\` for the images of ${path("images")}, 12 × 12 × 1, got 12 × 12 × 3`,
        ],
        ["limit", "9007199254740991", `${path("images")}: expected 9007199254740991 training images as before, got 36`],
        [
          "epochs",
          "1e15",
          "config: hostile/config.json: expected `epochs` as a whole number from 1 to 1000000, got 1000000000000000",
        ],
      ),
    ];
    for (const [key, value, message] of changes) {
      writeFileSync(path("hostile", "config.json"), config.replace(new RegExp(`("${key}": )[^,\n]+`), `$1${value}`));
      const { code, out, err } = await shell(`NODE_OPTIONS="--import=${peak}" brenier train --resume hostile`);
      const [line, last = ""] = err.split("\n");
      assert.equal([code, out, line], [4, "", `train: ${message}`]);
      assert.ok(Number(/^peak (\d+)$/.exec(last)?.[1]) <= 400_000, `${key}: ${last} KiB`);
      assert.equal(readdirSync(path("hostile")), ["config.json"]);
    }
  },
});

describe("cases: containers, scopes and openings", {
  async "a process in another process namespace is neither asked nor taken for ended while it gives signs of life"() {
    await inFolder(async (run) => {
      const modules = join(root, ".test-build", "src", "run", "lock.js");
      const script = `import { lockRun } from ${JSON.stringify(modules)};
        await lockRun(${JSON.stringify(run)});
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
        const holder = JSON.parse(readFileSync(join(run, "run.lock"), "utf8"));
        // As in a container with this host's name.
        assert.equal([holder.pid, holder.host, out], [1, hostname(), "1\n"]);
        assert.not.equal(holder.space, ownIdentity().space);
        const told: string[] = [];
        await rejects(
          lockRun(run, { tell: (line) => told.push(line) }),
          `run: expected no other run in ${run}, got process 1 on ${hostname()}; wait for it, or end it`,
        );
        assert.equal(told, [
          `${run}/run.lock: process 1 on ${hostname()} cannot be asked from here; the folder is taken after 60 s without a sign of life`,
        ]);
      } finally {
        child.kill("SIGKILL");
      }
    });
  },

  async "a scope that returns a cyclic object keeps its tensors and frees the others"() {
    const gpu = await openGpu();
    const cyclic = gpu.scope(() => {
      const record: { x: Tensor; self?: unknown } = { x: gpu.zeros([1]) };
      record.self = [record, gpu.view(record.x, [1])];
      gpu.zeros([1000]);
      return record;
    });
    assert.is(gpu.memory().inUse, 256);
    cyclic.x.dispose();
    await gpu.dispose();
  },

  async "an engine that was opened and disposed of leaves nothing behind"() {
    assert.ok((await openings(6)) <= 1);
  },
});
