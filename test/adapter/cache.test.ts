import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { cacheFolder, tuningCache } from "../../src/adapter/cache.ts";
import { homeFolder } from "../../src/files/homeFolder.ts";
import type { Tuning } from "../../src/tensor/diagnostics/autotune.ts";
import { describe } from "../support/suite.ts";

const folder = mkdtempSync(join(tmpdir(), "brenier-cache-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const tuning: Tuning = {
  kernels: { family: "tiled", tile: { m: 64, n: 64, k: 16, rows: 8, columns: 8 } },
  shapes: [{ m: 8, n: 8, k: 8, transposed: false }],
  measured: [
    { kernels: { family: "portable" }, gflops: [], problem: "wrong" },
    { kernels: { family: "tiled", tile: { m: 64, n: 64, k: 16, rows: 8, columns: 8 } }, gflops: [1.5] },
  ],
};

describe("cache of tunings", {
  "lies where the platform wants it"() {
    const cases = [
      [{}, "linux", "/home/a/.cache/brenier"],
      [{ XDG_CACHE_HOME: "/x" }, "linux", "/x/brenier"],
      [{ XDG_CACHE_HOME: "relative" }, "linux", "/home/a/.cache/brenier"],
      [{ XDG_CACHE_HOME: "/x", BRENIER_CACHE: "/own" }, "linux", "/own"],
      [{ BRENIER_CACHE: "" }, "linux", "/home/a/.cache/brenier"],
      [{}, "darwin", "/home/a/Library/Caches/brenier"],
      [{ LOCALAPPDATA: "/local" }, "win32", "/local/brenier"],
      [{}, "win32", "/home/a/AppData/Local/brenier"],
    ] as const;
    for (const [env, platform, expected] of cases) assert.is(cacheFolder(env, platform, "/home/a"), expected);
  },

  "lies nowhere for a user without a home, unless the environment names a place"() {
    const fail = (): string => {
      throw new Error("uv_os_homedir returned ENOENT");
    };
    for (const find of [fail, () => "", () => "relative"]) assert.is(homeFolder(find), undefined);
    assert.is(
      homeFolder(() => "/home/a"),
      "/home/a",
    );
    const cases = [
      [{}, "linux", undefined],
      [{ XDG_CACHE_HOME: "relative" }, "linux", undefined],
      [{ XDG_CACHE_HOME: "/x" }, "linux", "/x/brenier"],
      [{ BRENIER_CACHE: "own" }, "linux", "own"],
      [{}, "darwin", undefined],
      [{}, "win32", undefined],
      [{ LOCALAPPDATA: "/local" }, "win32", "/local/brenier"],
    ] as const;
    const home = homeFolder(fail) ?? "";
    for (const [env, platform, expected] of cases) assert.is(cacheFolder(env, platform, home), expected);
    const cache = tuningCache(undefined);
    assert.equal([cache.path, cache.write("a", tuning), cache.read("a")], [undefined, false, undefined]);
  },

  "gives back what was written, by key, and makes its folder"() {
    const cache = tuningCache(join(folder, "deep", "down"));
    assert.is(cache.read("a"), undefined);
    assert.ok(cache.write("a", tuning));
    assert.ok(cache.write("b", { ...tuning, kernels: { family: "portable" } }));
    assert.equal(cache.read("a"), tuning);
    assert.equal(cache.read("b")?.kernels, { family: "portable" });
    assert.is(cache.read("c"), undefined);
    assert.ok(cache.write("a", { ...tuning, shapes: [] }));
    assert.equal(cache.read("a")?.shapes, []);
    assert.equal(cache.read("b")?.shapes, tuning.shapes);
  },

  "takes a file that is damaged or of another kind for empty, and replaces it"() {
    const cache = tuningCache(join(folder, "bad"));
    cache.write("a", tuning);
    const good = readFileSync(String(cache.path), "utf8");
    const entry = (value: unknown) => JSON.stringify({ format: 1, tunings: { a: value } });
    const bad = [
      "",
      "{",
      "null",
      "[]",
      "7",
      good.slice(0, -20),
      '{"format":2,"tunings":{}}',
      '{"format":1,"tunings":[]}',
      entry(null),
      entry([]),
      entry({}),
      entry({ ...tuning, kernels: { family: "fast" } }),
      entry({ ...tuning, kernels: { family: "tiled", tile: { m: 64 } } }),
      entry({ ...tuning, kernels: { family: "tiled", tile: { m: "64", n: 64, k: 16, rows: 8, columns: 8 } } }),
      entry({ ...tuning, shapes: [{}] }),
      entry({ ...tuning, measured: [{ kernels: { family: "portable" }, gflops: [null] }] }),
      entry({ ...tuning, measured: "none" }),
    ];
    for (const text of bad) {
      writeFileSync(String(cache.path), text);
      assert.is(cache.read("a"), undefined, text);
      assert.ok(cache.write("a", tuning));
      assert.equal(cache.read("a"), tuning);
    }
  },

  "does without a folder that cannot be made or written"() {
    writeFileSync(join(folder, "file"), "");
    mkdirSync(join(folder, "taken", "kernels.json"), { recursive: true });
    for (const path of [join(folder, "file"), join(folder, "file", "below"), join(folder, "taken"), "/proc/none"]) {
      const cache = tuningCache(path);
      assert.is(cache.write("a", tuning), false, path);
      assert.is(cache.read("a"), undefined, path);
    }
  },
});
