// Bundles programs with the built package as a page's bundler would: one minified ESM file without
// imports. `npm run sizes` prints what each of some programs weighs. With `--pages`, which the
// build gives, it writes dist/pages/: files for pages that have no bundler.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { main, noArguments, root } from "./command.mjs";
import { setup } from "./setup.mjs";

/**
 * @param {string} program an ES module, in which `brenier` is the package
 * @returns {Promise<string>} the same as one file, minified
 */
export async function bundle(program) {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** @param {string} text @returns {number} bytes as a server sends them */
export const zipped = (text) => gzipSync(text, { level: 9 }).length;

/** What each file for pages re-exports, as statements. */
const PAGES = {
  brenier: [
    ...["", "/ot", "/models", "/metrics", "/worker"].map((face) => `export * from "brenier${face}";`),
    'export { openGpu } from "brenier/web";',
  ],
  generator: ['export { openGenerator, paint, rgba } from "brenier/models";', 'export { openGpu } from "brenier/web";'],
};

/** Writes the files for pages with their declarations. */
async function writePages() {
  const folder = join(root, "dist/pages");
  mkdirSync(folder, { recursive: true });
  for (const [name, statements] of Object.entries(PAGES)) {
    const text = statements.join("\n");
    writeFileSync(join(folder, `${name}.js`), await bundle(text));
    writeFileSync(join(folder, `${name}.d.ts`), `${text}\n`);
  }
}

const PROGRAMS = {
  "tensors: Engine, matmul, add": 'export { Engine, matmul, add } from "brenier";',
  "the whole of brenier": 'export * from "brenier";',
  "exact transport: solveExact": 'export { solveExact } from "brenier/ot";',
  "transport: solve, createMap, transport":
    'export { Engine } from "brenier"; export { createMap, createProblem, points, solve, transport } from "brenier/ot";',
  "draw in a page: dist/pages/generator.js": PAGES.generator.join("\n"),
  "all for pages: dist/pages/brenier.js": PAGES.brenier.join("\n"),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    if (process.argv[2] === "--pages") return writePages();
    noArguments("sizes");
    setup({ adapter: false });
    console.log("minified and gzipped, kB");
    for (const [name, program] of Object.entries(PROGRAMS)) {
      console.log(`${(zipped(await bundle(program)) / 1000).toFixed(1).padStart(6)}  ${name}`);
    }
  });
}
