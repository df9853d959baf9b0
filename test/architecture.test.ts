// The rules of ARCHITECTURE.md that a machine can check.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "./support/suite.ts";

/** From the bottom up: each layer imports only itself and the layers before it. */
const CORE = ["math", "kernels", "tensor", "autograd", "ot", "models", "metrics"];

const read = (folder: string): { readonly path: string; readonly text: string }[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(`${folder}/${path}`, "utf8") }));
const sources = read("src");
const core = sources.filter(({ path }) => CORE.includes(path.split("/")[0] ?? "") || path === "index.ts");

describe("architecture", {
  "there is something to check"() {
    for (const layer of CORE)
      assert.ok(
        core.some(({ path }) => path.startsWith(`${layer}/`)),
        layer,
      );
  },

  "layers import downwards only, and the core nothing from outside"() {
    for (const { path, text } of core) {
      const layer = CORE.indexOf(path.split("/")[0] ?? "");
      for (const [, target = ""] of text.matchAll(/from "([^"]+)"/g)) {
        assert.match(
          target,
          /^\.\.?\//,
          `src/${path} imports ${target}: the core imports no packages and no node: modules`,
        );
        const imported = CORE.indexOf(posix.join(posix.dirname(path), target).split("/")[0] ?? "");
        assert.ok(imported >= 0 && (layer < 0 || imported <= layer), `src/${path} may not import ${target}`);
      }
      assert.not.match(text, /\bimport\(/, `src/${path} imports at run time`);
    }
  },

  "the core names nothing that only some runtimes have"() {
    for (const { path, text } of core) {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\])*"/g, "");
      assert.not.match(
        code,
        /\b(process|console|document|window|navigator|fetch|Buffer|require|eval|Function)\b[.(]/,
        `src/${path}`,
      );
    }
  },

  "only src/kernels and src/adapter/openGpu.ts touch WebGPU"() {
    for (const { path, text } of sources) {
      if (path.startsWith("kernels/") || path === "adapter/openGpu.ts") continue;
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      assert.not.match(code, /\bGPU[A-Z]|\.dispatchWorkgroups\(|\.writeBuffer\(|\.mapAsync\(/, `src/${path}`);
    }
  },

  "no file outgrows what a reader holds in the head"() {
    for (const { path, text } of [...sources, ...read("test")]) {
      const lines = text.split("\n").length;
      if (!path.includes("generated")) assert.ok(lines <= 300, `${path} has ${lines} lines; split it`);
    }
  },

  "every shader is used, and opens with its formula and its dispatch"() {
    const all = sources
      .filter(({ path }) => !path.includes("generated"))
      .map(({ text }) => text)
      .join("\n");
    for (const file of readdirSync("shaders").filter((name) => name.endsWith(".wgsl"))) {
      const name = file.replace(".wgsl", "");
      const text = readFileSync(`shaders/${file}`, "utf8");
      assert.match(all, new RegExp(`\\b${name}\\b`), `shaders/${file} is not used`);
      assert.match(
        text.split("\n\n")[0] ?? "",
        /^\/\/ .*\n[\s\S]*[Dd]ispatch/,
        `shaders/${file}: head without formula and dispatch`,
      );
    }
  },
});
