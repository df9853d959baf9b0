// Bundles programs with the built package as a page's bundler would: one minified ESM file without
// imports. Run by the build, it writes dist/pages/: files for pages that have no bundler.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { root } from "./command.mjs";

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
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    logLevel: "error",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

/** What each file for pages re-exports, as statements. */
export const PAGES = {
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

if (process.argv[1] === fileURLToPath(import.meta.url)) await writePages();
