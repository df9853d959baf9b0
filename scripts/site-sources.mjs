// The texts that the chapter “Audit” shows: each kernel's WGSL and its reference in float64.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./command.mjs";

/**
 * For each kernel the paths of its shader, with what that includes, and of its references; and all
 * texts by path. The table of kernels is that of the build.
 */
export async function kernelSources() {
  const { KERNELS } = await import(pathToFileURL(join(root, "dist/audit/references/table.js")).href);
  /** @type {Record<string, string>} */
  const texts = {};
  const read = (/** @type {string} */ path) => {
    texts[path] ??= readFileSync(join(root, path), "utf8");
    return path;
  };
  /** @type {Record<string, Readonly<Record<"ops" | "shader" | "reference", readonly string[]>>>} */
  const kernels = {};
  for (const [name, { ops, files }] of Object.entries(KERNELS)) {
    const own = read(`shaders/${name}.wgsl`);
    const included = [...(texts[own] ?? "").matchAll(/^\/\/@include (\w+)$/gm)].map(([, file]) => file);
    kernels[name] = {
      ops,
      shader: [own, ...included.map((file) => read(`shaders/include/${file}.wgsl`))],
      reference: files.map((/** @type {string} */ file) => read(`src/${file}.ts`)),
    };
  }
  return { kernels, texts };
}
