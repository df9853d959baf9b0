// What users do with the folders of their runs: they are linked, moved and copied, looked into from
// elsewhere, and cut off at any moment.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { trainCommand } from "../../src/cli/trainCommand.ts";
import { DataError } from "../../src/formats/error.ts";
import { lockRun } from "../../src/run/lock.ts";
import { command, type Result } from "../support/command.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";
import { assertSameRun, TINY, tinyFolder } from "../support/tinyRun.ts";

process.stderr.setMaxListeners(0); // each command listens for errors of its progress
const folder = tinyFolder();
const path = (...names: string[]): string => join(folder, ...names);
const textOf = (...names: string[]): string => readFileSync(path(...names), "utf8");
const elsewhere = path("elsewhere");
mkdirSync(elsewhere);
const run = (entry: string, ...args: readonly string[]): Promise<Result> => command(folder, entry, args);

// `runs` is a link, such as to a larger disk, and so is what leads to the run.
mkdirSync(path("disk"));
symlinkSync("disk", path("runs"));
const whole = await run("train", ...TINY, "--out", "runs/whole");
const stopped = await command(folder, "train", [...TINY, "--checkpoint", "5", "--out", "runs/stopped"], {
  onError: (text, kill) => text.includes("transport") && kill("SIGKILL"),
});
symlinkSync("runs/stopped", path("linked"));

/** A copy of the stopped run. */
function copyOf(name: string): string {
  cpSync(path("disk/stopped"), path(name), { recursive: true });
  return path(name);
}

/** Resumes a run in this process; returns what it prints. */
async function resume(name: string): Promise<string> {
  const { write } = process.stdout;
  let out = "";
  process.stdout.write = (text: unknown) => {
    out += text;
    return true;
  };
  try {
    await trainCommand(["--resume", name], new AbortController().signal);
  } finally {
    process.stdout.write = write;
  }
  return out;
}

describe("folders", {
  "a folder of runs that is a link works"() {
    assert.is(whole.code, 0, whole.err);
    assert.is(stopped.signal, "SIGKILL");
    assert.ok(existsSync(path("disk/stopped/config.json")));
    assert.is(JSON.parse(textOf("runs/stopped/config.json")).data, resolve(folder, "images"));
  },

  async "log.jsonl and audit that lead outside are refused, and what they lead to stays as it is"() {
    for (const [name, target] of [
      ["log.jsonl", "precious.txt"],
      ["audit", "precious"],
    ] as const) {
      const other = copyOf(`linked-${name}`);
      rmSync(join(other, name), { recursive: true });
      if (name === "audit") mkdirSync(path(target));
      else writeFileSync(path(target), "precious\n");
      symlinkSync(path(target), join(other, name));
      const { code, err } = await run("train", "--resume", `linked-${name}`);
      assert.is(code, 4, err);
      const kind = name === "audit" ? "folder" : "file";
      const line = `expected a ${kind} at linked-${name}/${name}, got a symbolic link; put the ${kind} itself there`;
      assert.is(err, `train: ${kind}: ${line}\n`);
    }
    assert.is(textOf("precious.txt"), "precious\n");
    assert.equal(readdirSync(path("precious")), []);
  },

  async "a config.json that does not fit the images is refused, by its name, before anything is allocated"() {
    const other = copyOf("hostile");
    const config = JSON.parse(textOf("hostile/config.json"));
    const { model } = config;
    for (const [change, message] of [
      [
        { model: { ...model, height: 65_536 } },
        "expected a `model` for the images of .*, 12 × 12 × 1, got 65536 × 12 × 1",
      ],
      [{ model: { ...model, channels: 3 } }, "expected a `model` for the images of .*, 12 × 12 × 1, got 12 × 12 × 3"],
      [{ batch: 37 }, "expected a `batch` of at most `limit`, 36, got 37"],
      [{ data: join(folder, "nowhere") }, "; if the images of .*hostile have moved, give --data"],
    ] as const) {
      writeFileSync(join(other, "config.json"), JSON.stringify({ ...config, ...change }));
      await resume(other).then(
        () => assert.unreachable(message),
        (error: Error) => {
          assert.instance(error, DataError);
          assert.match(error.message, new RegExp(`${message}$`));
        },
      );
    }
    writeFileSync(join(other, "config.json"), JSON.stringify({ ...config, data: "mnist" }));
    const { code, err } = await command(elsewhere, "train", ["--resume", other]);
    assert.match(err, /or resume .*hostile in the folder in which data\/mnist lies\n$/);
    assert.is(code, 4);
  },

  async "images that have moved are named, and others are not taken; a folder named like a temporary file stays"() {
    renameSync(path("images"), path("moved"));
    const config = textOf("disk/stopped/config.json");
    const missing = await command(elsewhere, "train", ["--resume", path("linked")]);
    assert.is(missing.code, 4, missing.err);
    assert.match(
      missing.err,
      /images: it is missing; check the path; if the images of .*linked have moved, give --data\n/,
    );
    cpSync(path("moved"), path("others"), { recursive: true });
    cpSync(path("moved/00.png"), path("others/01.png"));
    const other = await run("train", "--resume", "linked", "--data", "others");
    assert.is(other.code, 4, other.err);
    assert.match(other.err, "expected the training images of this run");
    assert.is(textOf("disk/stopped/config.json"), config);
    mkdirSync(path("linked/.log.jsonl.12.0a1b2c3d.tmp"));
  },

  async "from another folder, through a link, with images that have moved, a run ends with the same bytes"() {
    const preload = new URL("../support/snapshots.js", import.meta.url).href;
    const env = {
      NODE_OPTIONS: `--import=${preload}`,
      WATCHED: path("disk/stopped/summary.json"),
      SNAPSHOTS: path("snapshots"),
    };
    const args = ["--resume", "../linked", "--data", "../moved", "--checkpoint", "5"];
    const { code, err } = await command(elsewhere, "train", args, { env });
    assert.is(code, 0, err);
    rmSync(path("linked/.log.jsonl.12.0a1b2c3d.tmp"), { recursive: true });
    assert.is(textOf("linked/config.json"), textOf("runs/whole/config.json").replace("/images", "/moved"));
    cpSync(path("runs/whole/config.json"), path("linked/config.json"));
    assertSameRun(path("linked"), path("runs/whole"));
  },

  async "killed at any call after summary.json, a run is said to be complete, and nothing is left to clean up"() {
    const snapshots = readdirSync(path("snapshots"));
    assert.ok(snapshots.length >= 4, `${snapshots.length} snapshots`);
    const files = (name: string): string[] => readdirSync(name).filter((file) => !file.startsWith(".log"));
    let [locked, full] = [0, 0];
    for (const name of snapshots) {
      const each = path("snapshots", name);
      if (existsSync(join(each, "run.lock"))) locked++;
      if (readdirSync(each).some((file) => file.startsWith("checkpoint-"))) full++;
      writeFileSync(join(each, "audit", ".0123456789abcdef.wgsl.12.0a1b2c3d.tmp"), "half");
      writeFileSync(join(each, ".timing.json.12.0a1b2c3d.tmp"), "half");
      assert.is(await resume(each), `${each} is complete\n`);
      cpSync(path("runs/whole/config.json"), join(each, "config.json"));
      assert.equal(files(each), files(path("linked")), name);
      assert.equal(readdirSync(join(each, "audit")), readdirSync(path("linked/audit")));
      for (const file of files(each).filter((file) => file !== "audit"))
        assert.ok(readFileSync(join(each, file)).equals(readFileSync(path("linked", file))), `${name}: ${file}`);
      assert.is(await resume(each), `${each} is complete\n`);
    }
    assert.ok(locked >= 3 && full >= 2, `${locked} with a lock, ${full} with checkpoints`);
  },

  async "checkpoints of a complete run stay where --keep all asked for them, and where a process is just ending it"() {
    const run = path("runs/whole");
    const timing = join(run, "timing.json");
    const before = textOf("runs/whole/timing.json");
    const checkpoint = join(run, "checkpoint-00000007.safetensors");
    writeFileSync(checkpoint, "");
    const release = await lockRun(run);
    await rejects(resume(run), "expected no other run in");
    await release();
    for (const kept of [before.replace('"keep": 2', '"keep": "all"'), "{}"]) {
      writeFileSync(timing, kept);
      assert.is(await resume(run), `${run} is complete\n`);
      assert.ok(existsSync(checkpoint));
    }
    writeFileSync(timing, before);
    assert.is(await resume(run), `${run} is complete\n`);
    assert.not.ok(existsSync(checkpoint));
  },

  async "generate takes only the model of summary.json, and says where there is no digest of it"() {
    const changed = path("changed");
    cpSync(path("runs/whole"), changed, { recursive: true });
    for (const name of ["model.safetensors", "transport.safetensors"]) {
      const bytes = readFileSync(join(changed, name));
      const other = Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 2 ? byte ^ 1 : byte));
      writeFileSync(join(changed, name), other);
      const { code, err } = await run("generate", "changed", "--out", "never.npy");
      assert.is(code, 4, err);
      assert.match(
        err,
        new RegExp(
          `^generate: changed/${name}: expected the sha256 of changed/summary.json, \\w{64}, got \\w{64}; restore the file\\n$`,
        ),
      );
      writeFileSync(join(changed, name), bytes);
    }
    const summary = JSON.parse(textOf("changed/summary.json"));
    delete summary.sha256["model.safetensors"];
    writeFileSync(join(changed, "summary.json"), JSON.stringify(summary));
    const older = await run("generate", "changed", "--count", "2", "--out", "two.NPY");
    assert.is(older.code, 0, older.err);
    assert.match(older.err, /^model\.safetensors not checked: no sha256 in changed\/summary\.json\n/);
    assert.ok(existsSync(path("two.NPY")));
    for (const text of ["[]", "{", "null", "\ufeff1"]) {
      writeFileSync(join(changed, "summary.json"), text);
      const { code, err } = await run("generate", "changed", "--out", "never.npy");
      assert.is(
        err,
        "generate: changed/summary.json: expected a record in JSON, got something else; restore the file\n",
      );
      assert.is(code, 4);
    }
    assert.not.ok(existsSync(path("never.npy")));
  },

  async "generate makes new files and folders alone"() {
    const samples = readFileSync(path("runs/whole/samples.png"));
    for (const [out, message] of [
      ["runs/whole/samples.png", "expected a new file, got runs/whole/samples.png, which exists; remove it or choose"],
      ["two.NPY", "expected a new file, got two.NPY, which exists"],
      ["x.jpg", "expected FILE.npy, FILE.png or a folder, got x.jpg; for a folder of that name write x.jpg/;"],
      ["x.NPZ", "expected FILE.npy, FILE.png or a folder, got x.NPZ; "],
      ["runs/whole", "expected a new or empty folder, got runs/whole with files in it"],
    ] as const) {
      const { code, err } = await run("generate", "runs/whole", "--out", out);
      assert.ok(err.startsWith(`generate: --out: ${message}`), err);
      assert.is(err.split("\n").length, 2, err);
      assert.is(code, 2);
    }
    assert.ok(readFileSync(path("runs/whole/samples.png")).equals(samples));
    assert.is((await run("generate", "runs/whole", "--count", "9", "--out", "UP.PNG")).code, 0);
    assert.ok(readFileSync(path("UP.PNG")).equals(samples));
  },

  async "transport that is stopped leaves no folder"() {
    const angles = Array.from({ length: 3000 }, (_, i) => (i * i) / 7);
    writeFileSync(path("points.csv"), angles.map((a) => `${Math.cos(a) * a},${Math.sin(a)}\n`).join(""));
    const { code, err } = await command(folder, "transport", ["points.csv", "--chi2", "0.0001", "--out", "new/one"], {
      onError: (text, kill) => text.includes("steps") && kill(),
    });
    assert.is(code, 130, err);
    assert.not.ok(existsSync(path("new")));
    const full = await run("transport", "points.csv", "--out", "runs/whole");
    assert.is(full.code, 2, full.err);
    const named = await run("transport", "points.csv", "--out", "mapped.npy");
    assert.match(named.err, /^transport: --out: expected a new or empty folder, got mapped\.npy; for a folder of that/);
    assert.is(named.code, 2);
  },

  async "wrong usage is exit 2, also of an environment variable and of a script"() {
    const family = await command(folder, "doctor", [], { env: { BRENIER_FAMILY: "foo" } });
    assert.is(family.code, 2, family.err);
    for (const [args, message] of [
      [
        ["--data", "moved", "--limit", "10"],
        "--limit: expected at least one batch of 64 training images, got 10; raise",
      ],
      [["--latent", "-3"], "--latent: expected an integer from 1 to 1024, got -3; see --help\n"],
      [["--learning-rate="], "--learning-rate: expected X, got nothing; see --help\n"],
      [
        ["--out", "runs/whole"],
        "--out: expected a new or empty folder, got runs/whole with files in it; choose another",
      ],
    ] as const) {
      const { code, err } = await run("train", ...args);
      assert.ok(err.startsWith(`train: ${message}`), err);
      assert.is(code, 2);
    }
    const script = spawnSync(process.execPath, ["scripts/runtimes.mjs", "--bogus"], { encoding: "utf8" });
    assert.equal(
      [script.status, script.stderr, script.stdout],
      [2, "runtimes: expected no arguments, got --bogus\n", "0 passed, 1 failed\n"],
    );
    mkdirSync(path("pair"));
    for (const name of ["00.png", "01.png"]) cpSync(path("moved", name), path("pair", name));
    const pair = await run("train", "--data", "pair", "--batch", "2");
    assert.is(
      pair.err,
      "train: pair: expected at least one batch of 2 training images, got 1; add pictures, of which one in ten, at least one, is held out\n",
    );
    assert.is(pair.code, 4);
  },
});
