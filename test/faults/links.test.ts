// Whatever stands inside a run in place of a file or folder of its own, nothing outside is read,
// changed or waited for.
import { spawnSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { RecordFile } from "../../src/audit/record/recordFile.ts";
import { Texts, textDigest } from "../../src/audit/record/texts.ts";
import { auditCommand } from "../../src/cli/auditCommand.ts";
import { generateCommand } from "../../src/cli/generateCommand.ts";
import { trainCommand } from "../../src/cli/trainCommand.ts";
import { requireOwnFolder } from "../../src/files/ownFile.ts";
import { readOwnBytes } from "../../src/files/readBytes.ts";
import { DataError } from "../../src/formats/error.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { JsonLines } from "../../src/run/runDirectory.ts";
import { defaultsOf } from "../../src/run/settings.ts";
import { refuses } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";

const root = mkdtempSync(join(tmpdir(), "brenier-links-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
process.stderr.setMaxListeners(0); // each command listens for errors of its progress
const outside = join(root, "outside");

/** All that is outside of a run, by path, as text. */
function state(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
      .map((entry) => [join(entry.parentPath, entry.name), entry.isFile()] as const)
      .map(([path, isFile]) => [path, isFile ? readFileSync(path, "utf8") : ""]),
  );
}

/** A digest as it names a kernel text. */
const CODE = "text";
const TEXT = textDigest(CODE);

/** Makes a folder that looks like a run with a record, and what is outside of it, anew. */
function makeRun(): string {
  for (const name of ["run", "outside"]) rmSync(join(root, name), { recursive: true, force: true });
  const run = join(root, "run");
  mkdirSync(join(run, "audit"), { recursive: true });
  mkdirSync(join(outside, "folder"), { recursive: true });
  for (const name of ["file", "folder/config.json", `folder/${TEXT}.wgsl`, "folder/.a.1.tmp"]) {
    writeFileSync(join(outside, name), `precious ${name}\n`);
  }
  const { latent, network, ...settings } = { ...defaultsOf("cpu"), data: join(root, "images") };
  const model = { height: 12, width: 12, channels: 1, latent, network };
  const weights = encodeSafetensors({}, { format: "brenier.none.1" });
  const settled = { level: "commands", every: 1, times: false, peak: { gflops: 1, gbps: 1 } };
  const header = { format: "brenier.audit.2", adapter: { name: "a" }, kernels: {}, versions: {}, ...settled };
  const work = { text: TEXT, constants: {}, params: {}, buffers: [], workgroups: [1, 1, 1], flops: 0, bytes: 0 };
  const line = { seq: 0, kind: "dispatch", stage: "start", at: 0, op: "adam", kernel: "adam", ...work };
  const files: Record<string, string | Uint8Array> = {
    "config.json": JSON.stringify({ version: "0", profile: "cpu", model, ...settings }),
    "log.jsonl": '{"stage":"autoencoder"}\n',
    "model.safetensors": weights,
    "transport.safetensors": weights,
    "generator.safetensors": weights,
    "summary.json": "{}",
    "audit.jsonl": `${JSON.stringify(header)}\n${JSON.stringify(line)}\n`,
    [`audit/${TEXT}.wgsl`]: CODE,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(run, name), content);
  return run;
}

/** What may stand at `path` in place of a file, by its name in messages. */
const IN_PLACE_OF_A_FILE: Readonly<Record<string, (path: string) => void>> = {
  "a symbolic link": (path) => symlinkSync(join(outside, "file"), path),
  "a symbolic link ": (path) => symlinkSync(join(outside, "folder"), path),
  "a symbolic link  ": (path) => symlinkSync(join(outside, "nothing"), path),
  "a folder": (path) => mkdirSync(path),
  "a pipe": (path) => assert.is(spawnSync("mkfifo", [path]).status, 0),
};

const IN_PLACE_OF_A_FOLDER: typeof IN_PLACE_OF_A_FILE = {
  ...IN_PLACE_OF_A_FILE,
  "a folder": () => undefined,
  "a file": (path) => writeFileSync(path, ""),
};

const signal = new AbortController().signal;
const resume = (run: string): Promise<void> => trainCommand(["--resume", run], signal);
const generate = (run: string): Promise<void> => generateCommand([run, "--out", join(root, "never.npy")], signal);
const audit =
  (...args: readonly string[]) =>
  (run: string) =>
    auditCommand([...args, run], () => undefined);
const explain = (run: string): Promise<void> => auditCommand(["explain", "adam", "--run", run], () => undefined);

/** Each file or folder of a run with a command that uses it. */
const USES: readonly (readonly [name: string, command: (run: string) => Promise<void>])[] = [
  ...[
    "config.json",
    "log.jsonl",
    "reals.png",
    "reconstructions.png",
    "samples.png",
    "model.safetensors",
    "transport.safetensors",
    "generator.safetensors",
    "timing.json",
    "summary.json",
    "audit.jsonl",
    "run.lock",
    "checkpoint-00000001.safetensors",
    "audit",
    `audit/${TEXT}.wgsl`,
  ].map((name) => [name, resume] as const),
  ...["config.json", "model.safetensors", "transport.safetensors", "summary.json"].map(
    (name) => [name, generate] as const,
  ),
  ...[audit("summary"), audit("trace", "--out", join(root, "never.json")), audit("diff", join(root, "run"))].map(
    (command) => ["audit.jsonl", command] as const,
  ),
  ...["audit.jsonl", "audit", `audit/${TEXT}.wgsl`].map((name) => [name, explain] as const),
];

describe("links", {
  async "each file and folder of a run, with anything else in its place, is refused by each command that uses it"() {
    for (const [name, use] of USES) {
      for (const [kind, place] of Object.entries(name === "audit" ? IN_PLACE_OF_A_FOLDER : IN_PLACE_OF_A_FILE)) {
        const run = makeRun();
        const path = join(run, name);
        rmSync(path, { recursive: true, force: true });
        place(path);
        if (name === "audit" && kind === "a folder") continue;
        const before = state(outside);
        const { error } = await use(run).then(
          () => ({ error: undefined }),
          (error: unknown) => ({ error }),
        );
        const what = `${kind} in place of ${name}: ${error instanceof Error ? error.stack : "no error"}`;
        assert.instance(error, DataError, what);
        const { message } = error as DataError;
        assert.ok(message.includes(path) && !message.includes("\n"), what);
        // A dangling link is found missing where this comes to the same.
        assert.ok(message.includes(`got ${kind.trim()}; put the f`) || /found none/.test(message), what);
        assert.equal(state(outside), before, what);
      }
    }
  },

  async "audit verify does not follow links either"() {
    for (const name of ["audit.jsonl", "config.json"]) {
      const run = makeRun();
      rmSync(join(run, name));
      symlinkSync(join(outside, "file"), join(run, name));
      const before = state(outside);
      await audit("verify")(run).then(
        () => assert.unreachable(),
        (error: Error) => assert.match(error.message, `${name}, got a symbolic link; put the file itself there`),
      );
      assert.equal(state(outside), before);
    }
  },

  "logs and records are opened through no link and under no second name"() {
    const run = makeRun();
    const path = join(run, "log.jsonl");
    for (const open of [() => new JsonLines(path), () => new RecordFile(path, 0)]) {
      for (const link of [
        () => symlinkSync(join(outside, "file"), path),
        () => linkSync(join(outside, "file"), path),
      ]) {
        rmSync(path, { force: true });
        link();
        refuses(open, "DataError", /^file: expected .*log\.jsonl, got (a symbolic link|2, by hard links); put /);
        assert.is(readFileSync(join(outside, "file"), "utf8"), "precious file\n");
      }
    }
    // A second name does no harm to what is only read.
    assert.is(new TextDecoder().decode(readOwnBytes(path)), "precious file\n");
    rmSync(join(run, "audit"), { recursive: true });
    symlinkSync(join(outside, "folder"), join(run, "audit"));
    refuses(
      () => new Texts(run),
      "DataError",
      /^folder: expected a folder at .*audit, got a symbolic link; put the fo/,
    );
    requireOwnFolder(join(run, "nothing"));
  },
});
