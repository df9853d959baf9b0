// Imports a module of src before the build has made JavaScript of it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runNode, tsc } from "./command.mjs";

/**
 * A module of src with what it imports from its own folder, compiled into a temporary folder. Its
 * types are not checked: the build does that.
 * @param {string} path relative to the project's root
 * @returns {Promise<any>}
 */
export async function importSource(path) {
  const folder = mkdtempSync(join(tmpdir(), "brenier-source-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const output = ["--outDir", folder, "--rewriteRelativeImportExtensions", "--noCheck", "--ignoreConfig"];
    runNode(`compiling ${path}`, [tsc, "--target", "es2022", "--module", "nodenext", ...output, join(root, path)]);
    return await import(pathToFileURL(join(folder, basename(path).replace(/\.ts$/, ".js"))).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
