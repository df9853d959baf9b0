// The example that draws faces: everybody draws the same ones, and `data prepare` makes a set of
// them.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { loadDataset } from "../../src/datasets/dataset.ts";
import { limitImages } from "../../src/datasets/images.ts";
import { describe } from "../support/suite.ts";

const root = mkdtempSync(join(tmpdir(), "brenier-faces-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));
const drawn = join(root, "drawn");
const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: "utf8" });
const draw = (...args: string[]) => run("examples/faces/draw.mjs", ...args);
const all = (): string[] =>
  readdirSync(drawn, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".png"));

describe("faces", {
  "are drawn in folders by their hair, the same ones each time, and only what is missing"() {
    const { status, stdout, stderr } = draw(drawn, "60");
    assert.is(status, 0, stderr);
    assert.is(stdout, `60 faces in ${drawn}\n`);
    const names = all();
    assert.is(names.length, 60);
    const [first = ""] = names;
    const digest = () =>
      createHash("sha256")
        .update(readFileSync(join(drawn, first)))
        .digest("hex");
    const before = digest();
    rmSync(join(drawn, first));
    assert.is(draw(drawn, "60").status, 0);
    assert.equal(all(), names);
    assert.is(digest(), before);
  },

  async "become a set of pictures in colour with their hair as labels, of which a few are of all kinds"() {
    const out = join(root, "set");
    const { status, stderr } = run("dist/data.js", "prepare", drawn, "--size", "64", "--labels", "--out", out);
    assert.is(status, 0, stderr);
    const { train, heldOut } = await loadDataset(out, "");
    assert.equal([train.count, heldOut.count, train.height, train.width, train.channels], [54, 6, 64, 64, 3]);
    const kinds = (labels: ArrayLike<number> | undefined): number => new Set(Array.from(labels ?? [])).size;
    assert.ok(kinds(train.labels) >= 20);
    assert.ok(kinds(limitImages(train, 18).labels) >= 12);
  },

  "a call without a folder or with a wrong count is told how"() {
    for (const args of [[], [drawn, "0"], [drawn, "many"]]) {
      const { status, stderr } = draw(...args);
      assert.is(status, 2);
      assert.match(stderr, "usage: node draw.mjs FOLDER [COUNT]");
    }
  },
});
