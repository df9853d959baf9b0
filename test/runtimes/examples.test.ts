// The programs of examples/ for each runtime draw the same pictures: pages without a bundler, with
// Vite and with a worker, in Chromium and Firefox; Node, Bun and Deno. So do the programs for pages
// that docs/guide/runtimes.md shows.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { PNG } from "pngjs";
import * as assert from "uvu/assert";
import { encodeGenerator } from "../../src/models/generator/generatorFile.ts";
import { generatorOf } from "../support/generators.ts";
import { describe } from "../support/suite.ts";
import { inBrowser, type Site } from "./browsers.ts";
import { BUN, DENO } from "./programs.ts";

const { bundle } = (await import(pathToFileURL(resolve("scripts/bundle.mjs")).href)) as {
  readonly bundle: (program: string) => Promise<string>;
};

const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "brenier-examples-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const FILE = join(folder, "generator.safetensors");
const config = { network: "small", height: 12, width: 12, channels: 1, latent: 5 } as const;
writeFileSync(
  FILE,
  encodeGenerator(generatorOf({ config, targets: 40, seed: 5, source: "gaussian", rule: "facet", labels: 0 })),
);

/** Runs a program that is no browser. */
function run(program: string, args: readonly string[], cwd: string, family = ""): void {
  const env = { ...process.env, BRENIER_FAMILY: family };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", env });
  assert.is(status, 0, `${program} ${args.join(" ")}: ${error?.message ?? stdout + stderr}`);
}

/** Width, height and colours of the file that an example writes. */
function drawn(program: string, args: readonly string[], example: string, family?: string): readonly number[] {
  const to = join(folder, `${example}.png`);
  run(program, [...args, join(root, `examples/${example}/draw.js`), FILE, to], folder, family);
  const { width, height, data } = PNG.sync.read(readFileSync(to));
  return [width, height, ...data];
}

const expected = drawn(process.execPath, [], "node");
const portable = drawn(process.execPath, [], "node", "portable");

/** The example of Vite as its user has it: a copy with its packages, built. */
function builtByVite(): string {
  const copy = join(folder, "vite");
  cpSync("examples/vite", copy, { recursive: true });
  mkdirSync(join(copy, "public"));
  cpSync(FILE, join(copy, "public/generator.safetensors"));
  mkdirSync(join(copy, "node_modules"));
  symlinkSync(root, join(copy, "node_modules/brenier"));
  const vite = join(root, "test/runtimes/node_modules/vite");
  symlinkSync(vite, join(copy, "node_modules/vite"));
  const { scripts } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
  assert.is(scripts.build, "vite build");
  run(process.execPath, [join(vite, "bin/vite.js"), "build"], copy);
  return join(copy, "dist");
}

/** The programs for pages of a document. */
const shownIn = (document: string): string[] =>
  [...readFileSync(document, "utf8").matchAll(/^```js\n([\s\S]*?)^```/gm)]
    .map(([, text = ""]) => text)
    .filter((text) => text.includes("brenier/web") && !text.includes("serve(self"));

/**
 * All pages by path, as they are served, and those that paint. The folder of each has the
 * generator.
 */
async function site(): Promise<{
  readonly site: Site;
  readonly pages: readonly string[];
  readonly painting: readonly string[];
}> {
  for (const example of ["page", "worker"]) {
    cpSync(`examples/${example}`, join(folder, "examples", example), { recursive: true });
    cpSync(FILE, join(folder, "examples", example, "generator.safetensors"));
  }
  const shown = await Promise.all(
    ["docs/guide/runtimes.md"].flatMap((document) => {
      const programs = shownIn(document);
      assert.ok(programs.length > 0, document);
      return programs.map(async (program, i) => {
        const name = `${document.replace(/\W/g, "-")}-${i}`;
        const copy = join(folder, name);
        cpSync("examples/page", copy, { recursive: true });
        cpSync(FILE, join(copy, "generator.safetensors"));
        writeFileSync(join(copy, "main.js"), await bundle(`${program}\ndocument.title = "done";`));
        return { path: `/shown/${name}/`, paints: program.includes("paint(") };
      });
    }),
  );
  return {
    site: {
      "/": builtByVite(),
      "/examples/": join(folder, "examples"),
      "/dist/": join(root, "dist"),
      "/shown/": folder,
      "/tests/": join(root, ".test-build"),
    },
    pages: ["/", "/examples/page/", "/examples/worker/", ...shown.map(({ path }) => path)],
    painting: [
      "/",
      "/examples/page/",
      "/examples/worker/",
      ...shown.filter(({ paints }) => paints).map(({ path }) => path),
    ],
  };
}

const served = await site();
const framesIn = async (browser: "chromium" | "firefox") =>
  (await inBrowser(browser, served.site, `/tests/test/runtimes/frames/?${served.pages.join(",")}`)) as Readonly<
    Record<string, readonly number[]>
  >;

describe("examples", {
  "draw pictures in at most five lines after their comment"() {
    const [width, height, ...pixels] = expected;
    assert.equal([width, height], [48, 48]);
    assert.ok(new Set(pixels).size > 10, "pictures have shades");
    for (const page of ["page", "vite"]) {
      const lines = readFileSync(`examples/${page}/main.js`, "utf8").split("\n");
      assert.ok(lines.filter((line) => line !== "" && !line.startsWith("//")).length <= 5, page);
    }
  },

  "in Bun, the bytes of Node"() {
    assert.equal(drawn(BUN, [], "bun"), expected);
  },

  "in Deno, the bytes of Node's portable kernels"() {
    assert.equal(drawn(DENO, ["run", "-A", "--no-lock"], "deno"), portable);
  },

  async "in Firefox, the bytes of Node's portable kernels, in all pages"() {
    const painted = await framesIn("firefox");
    assert.equal(Object.keys(painted), served.pages);
    for (const page of served.painting) assert.equal(painted[page], portable, page);
  },

  async "in Chromium, the same up to rounding, in all pages"() {
    const painted = await framesIn("chromium");
    assert.equal(Object.keys(painted), served.pages);
    for (const page of served.painting) {
      assert.is(painted[page]?.length, portable.length, page);
      for (const [i, value] of portable.entries()) {
        const got = painted[page]?.[i] as number;
        assert.ok(Math.abs(got - value) <= 1, `${page}: value ${i}: expected ${value}, got ${got}`);
      }
    }
  },
});
