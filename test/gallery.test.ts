// The gallery stays true: each of its programs is a file of examples/gallery/, prints what the page
// shows, and draws the picture that stands above it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix, resolve } from "node:path";
import sharp from "sharp";
import * as assert from "uvu/assert";
import { type Program, programsOf, runProgram } from "./support/programs.ts";
import { describe } from "./support/suite.ts";

const PAGE = "docs/gallery.md";
const programs = programsOf(PAGE);
/** These learn digits, or draw what was learnt, and take half a minute. */
const DEEP = ["examples/gallery/digits.mjs", "examples/gallery/walk.mjs"];

/** The pictures of the page, in their order, as paths from docs/. */
const pictures = [...readFileSync(PAGE, "utf8").matchAll(/^!\[[^\]]+\]\((gallery\/[\w.]+)\)$/gm)].map(
  ([, path = ""]) => path,
);

const levels = (path: string): Promise<{ data: Buffer; info: { width: number; height: number } }> =>
  sharp(path).flatten().toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true });

/** Two pictures agree to one of 255 levels in the mean, for adapters that round otherwise. */
async function holdPicture(path: string, expected: string): Promise<void> {
  const [drawn, shown] = await Promise.all([levels(path), levels(expected)]);
  assert.equal([drawn.info.width, drawn.info.height], [shown.info.width, shown.info.height], path);
  const off = drawn.data.reduce((sum, level, i) => sum + Math.abs(level - (shown.data[i] ?? Number.NaN)), 0);
  assert.ok(off / drawn.data.length <= 1, `${path}: ${off / drawn.data.length} levels`);
}

async function holdPrograms(chosen: readonly Program[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brenier-gallery-"));
  try {
    symlinkSync(resolve("data"), join(folder, "data"));
    for (const { path, shown } of chosen) {
      assert.is(runProgram(path, folder), shown, path);
      const picture = pictures.find((name) => posix.parse(name).name === posix.parse(path).name);
      assert.ok(picture, path);
      await holdPicture(join(folder, posix.basename(picture)), `docs/${picture}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("gallery", {
  "has the twelve programs of examples/gallery, word for word, each with its picture"() {
    const files = readdirSync("examples/gallery").map((name) => `examples/gallery/${name}`);
    assert.is(programs.length, 12);
    assert.equal(programs.map(({ path }) => path).sort(), files.sort());
    const names = (paths: readonly string[]): string[] => paths.map((path) => posix.parse(path).name);
    assert.equal(names(pictures), names(programs.map(({ path }) => path)));
    for (const { path, text } of programs) {
      assert.is(text, readFileSync(path, "utf8"), path);
      assert.match(text, /^\/\/ .+\n\/\/ Shows .+\n(?!\/\/)/, path);
      const lines = text.trimEnd().split("\n").length;
      assert.ok(lines >= 10 && lines <= 40, `${path}: ${lines} lines`);
    }
  },

  "its pictures have at most 300 kB, and there are no others"() {
    const kept = readdirSync("docs/gallery").map((name) => `gallery/${name}`);
    assert.equal(kept.sort(), [...pictures].sort());
    const bytes = pictures.reduce((sum, path) => sum + statSync(`docs/${path}`).size, 0);
    assert.ok(bytes <= 300_000, `${bytes} bytes`);
  },

  async "its programs print what is shown and draw its pictures"() {
    await holdPrograms(programs.filter(({ path }) => !DEEP.includes(path)));
  },

  async "those that learn digits do, too (with BRENIER_DEEP=1)"() {
    const chosen = programs.filter(({ path }) => DEEP.includes(path));
    assert.equal(
      chosen.map(({ path }) => path),
      DEEP,
    );
    if (process.env["BRENIER_DEEP"] === "1") await holdPrograms(chosen);
  },
});
