import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { UsageError } from "../../src/cli/arguments.ts";
import { inNewFolder, requireNewFile, requireNewFolder } from "../../src/cli/out.ts";
import { inFolder } from "../datasets/fixture.ts";
import { describe } from "../support/suite.ts";
import { rejects } from "../support/throws.ts";

function refused(check: () => void, message: RegExp): void {
  try {
    check();
  } catch (error) {
    assert.instance(error, UsageError);
    assert.match((error as Error).message, message);
    return;
  }
  assert.unreachable(`expected ${message}`);
}

describe("--out", {
  "a file is new, or refused, be it a link or a folder": () =>
    inFolder((root) => {
      const at = (name: string): string => join(root, name);
      writeFileSync(at("file.png"), "kept");
      mkdirSync(at("folder.png"));
      symlinkSync(at("nowhere"), at("dangling.png"));
      symlinkSync(at("file.png"), at("link.png"));
      linkSync(at("file.png"), at("second.png"));
      requireNewFile(at("new.png"));
      for (const name of ["file", "folder", "dangling", "link", "second"]) {
        refused(
          () => requireNewFile(at(`${name}.png`)),
          /^--out: expected a new file, got .*png, which exists; remove/,
        );
      }
      refused(() => requireNewFile(at("no/new.png")), /^--out: expected a path in a folder that can be .*\(ENOENT\)$/);
      refused(() => requireNewFile(at("file.png/new.png")), /\(ENOTDIR\)$/);
      refused(() => requireNewFile(at(`${"x".repeat(300)}.png`)), /\(ENAMETOOLONG\)$/);
      refused(() => requireNewFile(at("a\0b.png")), /\(ERR_INVALID_ARG_VALUE\)$/);
      assert.is(readFileSync(at("file.png"), "utf8"), "kept");
    }),

  "a folder is new or empty, or refused": () =>
    inFolder((root) => {
      const at = (name: string): string => join(root, name);
      mkdirSync(at("full"));
      writeFileSync(at("full/file"), "kept");
      mkdirSync(at("empty"));
      // What a process that was killed as it began leaves, which the next one takes over.
      mkdirSync(at("locked"));
      writeFileSync(at("locked/run.lock"), "");
      writeFileSync(at("locked/.run.lock.12.0123abcd.tmp"), "");
      requireNewFolder(at("locked"));
      symlinkSync(at("empty"), at("link"));
      symlinkSync(at("nowhere"), at("dangling"));
      for (const name of ["new", "deep/below/new", "empty", "link", "link/new"]) requireNewFolder(at(name));
      refused(
        () => requireNewFolder(at("full")),
        /^--out: expected a new or empty folder, got .*full with files in it;/,
      );
      refused(() => requireNewFolder(at("full/file")), /^--out: expected a new or empty folder, got the file .*file$/);
      refused(() => requireNewFolder(at("full/file/new")), /^--out: cannot use the folder .*new: ENOTDIR/);
      refused(() => requireNewFolder(at("dangling/new")), /^--out: cannot use the folder .*ENOENT/);
      refused(() => requireNewFolder(at("x".repeat(300))), /^--out: cannot use the folder .*ENAMETOOLONG/);
      refused(() => requireNewFolder(at("a\0b")), /^--out: cannot use the folder .*null bytes/);
      assert.equal(readdirSync(root).sort(), ["dangling", "empty", "full", "link", "locked"]);
    }),

  "a new folder is not named like a file, unless a / or the folder itself says so (seed 1, 200 names)": () =>
    inFolder((root) => {
      const kinds = ["npy", "png", "jpg", "jpeg", "svg", "csv", "pdf", "zip", "gz", "safetensors", "json"];
      const stem = fc.stringMatching(/^[a-z][a-z0-9.]{0,6}$/);
      const cased = fc.constantFrom(...kinds).chain((kind) => fc.constantFrom(kind, kind.toUpperCase()));
      fc.assert(
        fc.property(stem, cased, (name, kind) => {
          const path = join(root, `${name}.${kind}`);
          refused(
            () => requireNewFolder(path, "FILE.png"),
            /^--out: expected FILE\.png, got .*; for a folder of that nam/,
          );
          requireNewFolder(`${path}/`);
          requireNewFolder(join(root, `${name}.v2`));
          mkdirSync(path, { recursive: true });
          requireNewFolder(path);
          rmSync(path, { recursive: true });
        }),
        { seed: 1, numRuns: 200 },
      );
    }),

  "folders that were made go again when the work fails, unless something is in them": () =>
    inFolder(async (root) => {
      const path = join(root, "runs/a/b");
      const fail = (): Promise<never> => Promise.reject(new Error("stopped"));
      await rejects(inNewFolder(path, fail), "stopped");
      assert.equal(readdirSync(root), []);
      mkdirSync(join(root, "runs"));
      await rejects(inNewFolder(path, fail), "stopped");
      assert.equal(readdirSync(root), ["runs"]);
      await rejects(
        inNewFolder(path, () => {
          writeFileSync(join(root, "runs/a/other"), "");
          return fail();
        }),
        "stopped",
      );
      assert.equal(readdirSync(join(root, "runs/a")), ["other"]);
      await inNewFolder(path, async () => undefined);
      assert.ok(existsSync(path));
      await rejects(inNewFolder(path, fail), "stopped");
      assert.ok(existsSync(path), "it was there before");
      writeFileSync(join(path, "file"), "");
      await rejects(
        inNewFolder(path, async () => assert.unreachable()),
        "expected a new or empty folder",
      );
    }),
});
