// The main job from end to end, through its command line, on 200 digits.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/files/sha256.ts";
import { readNpy } from "../../src/formats/npy.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { decodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { encodePng } from "../../src/pictures/imageGrid.ts";
import { command } from "../support/command.ts";
import { digits, writeDigits } from "../support/digits.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-train-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
writeDigits(folder, 200, 50);
const small = ["--epochs", "12", "--batch", "20", "--latent", "8", "--chi2", "0.05", "--samples", "30", "--seed", "1"];
const train = (out: string, ...more: string[]) => command(folder, "train", [...small, "--out", out, ...more]);
const file = (...path: string[]) => readFileSync(join(folder, ...path));
const FILES = [
  "config.json",
  "generator.safetensors",
  "log.jsonl",
  "model.safetensors",
  "reals.png",
  "reconstructions.png",
  "report.html",
  "samples.png",
  "summary.json",
  "timing.json",
  "transport.safetensors",
];

describe("train", {
  async "makes a run from end to end, with the same bytes for the same seed"() {
    const first = await train("a");
    assert.is(first.code, 0, first.err);
    assert.match(
      first.out,
      /^a: chi² -?0\.\d+ \(asked 0\.05\), reconstruction error 0\.\d+; look at a\/report\.html\n$/,
    );
    assert.equal(readdirSync(join(folder, "a")).sort(), FILES);
    const summary = JSON.parse(file("a", "summary.json").toString());
    assert.ok(summary.chi2 <= 0.05, `chi2 ${summary.chi2}`);
    assert.is(summary.emptyCells, 0);
    assert.ok(summary.reconstructionMse < 0.08, `reconstructionMse ${summary.reconstructionMse}`);
    assert.is(summary.seed, 1);
    const { seconds } = JSON.parse(file("a", "timing.json").toString());
    for (const stage of ["autoencoder", "calibration", "transport", "samples", "all"])
      assert.ok(seconds[stage] >= 0, stage);
    for (const name of ["adapter", "versions", "chi2Target", "kernels"]) assert.ok(name in summary, name);
    const log = file("a", "log.jsonl")
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const losses = log.filter(({ stage }) => stage === "autoencoder").map(({ loss }) => loss);
    assert.ok(losses.length >= 10 && losses.at(-1) < 0.7 * losses[0], `loss ${losses[0]} to ${losses.at(-1)}`);
    assert.ok(log.some(({ stage }) => stage === "transport"));
    const transport = decodeSafetensors(file("a", "transport.safetensors"), "transport");
    assert.equal(transport.tensors.get("targets")?.shape, [200, 8]);
    assert.equal(transport.tensors.get("heights")?.shape, [200]);

    assert.is((await train("b")).code, 0);
    for (const name of [
      "model.safetensors",
      "transport.safetensors",
      "generator.safetensors",
      "samples.png",
      "summary.json",
    ]) {
      assert.ok(file("a", name).equals(file("b", name)), `${name} differs`);
    }
  },

  async "a finished run draws the same pictures again, as .npy, as a grid and as files"() {
    const draw = (...args: string[]) => command(folder, "generate", ["a", ...args]);
    assert.is((await draw("--count", "30", "--out", "grid.png")).code, 0);
    assert.ok(file("grid.png").equals(file("a", "samples.png")));
    assert.is((await draw("--count", "7", "--out", "seven.npy")).code, 0);
    const { shape, data } = readNpy(file("seven.npy"), "seven.npy");
    assert.equal(shape, [7, 28, 28, 1]);
    assert.is((await draw("--count", "3", "--out", "files")).code, 0);
    assert.equal(readdirSync(join(folder, "files")), ["0.png", "1.png", "2.png"]);
    const second = {
      height: 28,
      width: 28,
      channels: 1,
      pixels: Uint8Array.from(data as Uint8Array).subarray(784, 1568),
    };
    assert.ok(Buffer.from(encodePng(second)).equals(file("files", "1.png")));
    assert.is((await draw("--count", "3", "--extension", "local", "--out", "local.npy")).code, 0);
  },

  async "generator.safetensors alone draws the same bytes, with the run's rule or another"() {
    for (const flags of [[], ["--theta", "0.2"], ["--extension", "local"], ["--extension", "facet"]]) {
      for (const [from, out] of [
        ["a", "folder.npy"],
        [join("a", "generator.safetensors"), "file.npy"],
      ] as const) {
        const { code, err } = await command(folder, "generate", [from, "--count", "40", ...flags, "--out", out]);
        assert.is(code, 0, err);
      }
      assert.is(sha256(file("folder.npy")), sha256(file("file.npy")), flags.join(" "));
      rmSync(join(folder, "folder.npy"));
      rmSync(join(folder, "file.npy"));
    }
    writeFileSync(join(folder, "cut.safetensors"), file("a", "generator.safetensors").subarray(0, 5000));
    for (const name of ["cut.safetensors", join("a", "model.safetensors")]) {
      const { code, err } = await command(folder, "generate", [name, "--out", "never.npy"]);
      assert.is(code, 4, err);
      assert.match(err, new RegExp(`^generate: .*${name}: .*\n$`));
    }
    const values = decodeGenerator(file("a", "generator.safetensors"));
    assert.equal(values.config, { height: 28, width: 28, channels: 1, latent: 8, network: "pca" });
    const { angle } = JSON.parse(file("a", "summary.json").toString());
    assert.ok(angle > 0 && angle <= 0.5, `${angle}`);
    assert.equal(values.rule, { name: "facet", angle });
    assert.is(values.version, JSON.parse(file("a", "config.json").toString()).version);
  },

  async "learns a folder of PNG files, of any size and in colour"() {
    const images = join(folder, "colour");
    mkdirSync(images);
    const grey = digits(40);
    for (let n = 0; n < 40; n++) {
      const pixels = Uint8Array.from({ length: 30 * 21 * 3 }, (_, i) => {
        const [y, x] = [Math.floor(i / 63), Math.floor(i / 3) % 21];
        return i % 3 === 0 && y < 28 ? (grey[n * 784 + y * 28 + x] as number) : 20;
      });
      writeFileSync(
        join(images, `${String(n).padStart(2, "0")}.png`),
        encodePng({ height: 30, width: 21, channels: 3, pixels }),
      );
    }
    const { code, err } = await train(
      "colours",
      "--data",
      "colour",
      "--epochs",
      "2",
      "--batch",
      "12",
      "--source",
      "cube",
    );
    assert.is(code, 0, err);
    const config = JSON.parse(file("colours", "config.json").toString());
    assert.equal(config.model, { height: 30, width: 21, channels: 3, latent: 8, network: "pca" });
    assert.is(config.limit, 36); // every tenth is held out
  },

  async "Ctrl-C ends with 130 and leaves no half-written result"() {
    let sent = false; // a second one, a second later, would end it at once
    const { code, err } = await command(folder, "train", [...small, "--epochs", "2000", "--out", "stopped"], {
      onError: (text, kill) => {
        if (sent || !text.includes("autoencoder")) return;
        sent = true;
        kill();
      },
    });
    assert.is(code, 130, err);
    assert.match(err, /train: interrupted by SIGINT\n$/);
    const left = readdirSync(join(folder, "stopped")).sort();
    assert.match(left.shift() ?? "", /^checkpoint-\d{8}\.safetensors$/);
    assert.equal(left, ["config.json", "log.jsonl", "report.html"]);
  },

  async "bad usage is one line and exit 2"() {
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [["--epoch", "2"], /^train: unknown option '--epoch'; see --help\n$/],
      [["--epochs", "two"], /^train: --epochs: expected an integer from 1 to 1000000, got two; see --help\n$/],
      [["--epochs", "0"], /--epochs: expected an integer from 1 to 1000000, got 0/],
      [["--limit", "1e999"], /--limit: expected an integer of at least 1, got 1e999/],
      [["--seed", "9007199254740993"], /--seed: expected an integer of at least 0/],
      [["--chi2", "nan"], /--chi2: expected a number above 0 up to 1000000, got nan/],
      [["--theta", "4"], /--theta: expected a number above 0 up to 3.14\d*, got 4/],
      [["--source", "sphere"], /--source: expected gaussian or cube, got sphere/],
      [["--extension", "paper"], /--extension: expected facet or local, got paper/],
      [["extra"], /expected no arguments beside flags, got extra/],
      [["--out"], /^train: --out: expected DIR, got nothing; see --help\n$/],
      [["--learning-rate="], /^train: --learning-rate: expected X, got nothing; see --help\n$/],
      [["--latent", "3", "--flips", "4"], /--flips: expected at most the 3 dimensions of codes, got 4/],
      [["--latent", "-3"], /^train: --latent: expected an integer from 1 to 1024, got -3; see --help\n$/],
      [
        ["--out", "--seed", "1"],
        /^train: --out: expected DIR, got the flag --seed; a value is written --out=--seed; see --help\n$/,
      ],
      [
        ["--limit", "50"],
        /^train: --limit: expected at least one batch of 64 training images, got 50; raise it or lower --batch; see/,
      ],
      [
        ["--seed", "9007199254740992"],
        /expected an integer of at least 0 and at most 9007199254740991, got 9007199254740992; see/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await command(folder, "train", args);
      assert.match(err, message);
      assert.is(code, 2, err);
      assert.is(out, "");
    }
    const generate = await command(folder, "generate", ["a"]);
    assert.match(
      generate.err,
      /^generate: --out: expected FILE\.npy, FILE\.png or a folder, got nothing; see --help\n$/,
    );
    assert.is(generate.code, 2);
  },

  async "--help is on stdout and exit 0"() {
    for (const entry of ["train", "generate", "data", "doctor"]) {
      const { code, out, err } = await command(folder, entry, ["--help"]);
      assert.is(code, 0);
      assert.match(out, new RegExp(`^usage: node dist/${entry}\\.js`));
      assert.is(err, "");
    }
  },

  async "bad data is one line and exit 4, and makes no folder"() {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    const mixed = join(folder, "mixed");
    mkdirSync(mixed);
    mkdirSync(join(folder, "flat"));
    for (const name of ["a.png", "b.png"]) {
      const pixels = new Uint8Array(64).fill(7);
      writeFileSync(join(folder, "flat", name), encodePng({ height: 8, width: 8, channels: 1, pixels }));
    }
    for (const [name, side] of [["a", 8] as const, ["b", 9] as const]) {
      writeFileSync(
        join(mixed, `${name}.png`),
        encodePng({ height: side, width: side, channels: 1, pixels: new Uint8Array(side * side) }),
      );
    }
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [["--data", "nowhere"], /nowhere/],
      [["--data", "empty"], /empty/],
      [["--data", "flat"], /^train: flat: expected pictures that differ, got one colour everywhere; add others\n$/],
      [
        ["--batch", "201"],
        /^train: mnist: expected at least one batch of 201 training images, got 200; lower --batch\n$/,
      ],
    ];
    for (const [args, message] of cases) {
      const { code, err } = await command(folder, "train", [...args, "--out", "never"]);
      assert.match(err, message);
      assert.is(err.split("\n").length, 2, err);
      assert.is(code, 4, err);
      assert.not.ok(existsSync(join(folder, "never")));
    }
    const prepared = await command(folder, "train", ["--data", "mixed", "--out", "never"]);
    assert.match(
      prepared.err,
      /\ntrain: prepare: mixed: expected pictures that differ, got one colour everywhere; add others\n$/,
    );
    assert.is(prepared.code, 4, prepared.err);
    assert.not.ok(existsSync(join(folder, "never")));
    assert.not.ok(existsSync(join(folder, "data", "prepared")));
    const broken = mkdtempSync(join(folder, "broken-"));
    writeDigits(broken, 200, 50);
    const images = join(broken, "data", "mnist", "train-images-idx3-ubyte");
    writeFileSync(images, readFileSync(images).subarray(0, 5000));
    const truncated = await command(broken, "train", []);
    assert.match(truncated.err, /train-images-idx3-ubyte: expected 156816 bytes.*got 5000/);
    assert.is(truncated.code, 4);
    const run = await command(folder, "generate", ["empty", "--out", "x.npy"]);
    assert.match(run.err, /config\.json/);
    assert.is(run.code, 4);
    assert.not.ok(existsSync(join(folder, "x.npy")));
  },

  async "a batch above the profile's limit, and output that cannot be written, are one line before any work"() {
    const broken = mkdtempSync(join(folder, "many-"));
    writeDigits(broken, 10_100, 10);
    const many = await command(broken, "train", ["--batch", "10050", "--out", "x"]);
    assert.match(
      many.err,
      /^train: --limit: expected at least one batch of 10050 training images, got the default 10000; raise it or lower/,
    );
    assert.is(many.code, 2);
    assert.not.ok(existsSync(join(broken, "x")));
    writeFileSync(join(folder, "taken"), "");
    for (const [out, message] of [
      [
        "nowhere/x.npy",
        /^generate: --out: expected a path in a folder that can be written, got nowhere\/x\.npy \(ENOENT\); see --help\n$/,
      ],
      ["taken", /^generate: --out: expected FILE\.npy, FILE\.png or a folder, got the file taken; see --help\n$/],
    ] as const) {
      const { code, err } = await command(folder, "generate", ["a", "--out", out]);
      assert.match(err, message);
      assert.is(code, 2);
    }
    const fetch = await command(folder, "data", ["fetch", "mnist", "--dir", "taken/below"]);
    assert.is(fetch.err.split("\n").length, 2, fetch.err);
  },

  async "a run directory is never overwritten, and one that cannot be written is refused"() {
    const again = await train("a");
    assert.match(again.err, /expected a new or empty folder, got a with files in it/);
    assert.is(again.code, 2);
    writeFileSync(join(folder, "plain"), "");
    const under = await train("plain/run");
    assert.match(under.err, /cannot use the folder plain\/run/);
    assert.is(under.code, 2);
    if (process.getuid?.() !== 0) {
      mkdirSync(join(folder, "locked"));
      chmodSync(join(folder, "locked"), 0o500);
      assert.is((await train("locked/run")).code, 2);
    }
  },

  async "no adapter is exit 3 with what to do"() {
    const { code, err } = await command(folder, "train", ["--batch", "20", "--out", "never"], {
      env: { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" },
    });
    assert.match(err, /train: adapter: expected a WebGPU adapter, Dawn found none;.*mesa-vulkan-drivers/);
    assert.is(code, 3);
    assert.not.ok(existsSync(join(folder, "never")));
  },
});
