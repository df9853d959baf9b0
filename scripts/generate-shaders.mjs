// Turns shaders/*.wgsl into src/kernels/shaders.generated.ts, so that every runtime loads plain
// modules, and their digests into digests.generated.ts beside it, which few programs need.
// `--check` writes nothing and fails when a generated file is stale. shaders/README.md lists the
// rules that it enforces. It runs generate-table.mjs and generate-page.mjs as well.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import "./generate-page.mjs";
import "./generate-table.mjs";
import { importSource } from "./import-source.mjs";

const SHADERS = "shaders";
const OUTPUT = "src/kernels/shaders.generated.ts";
const DIGESTS = "src/kernels/digests.generated.ts";

const INCLUDE = /^\/\/@include (\w+)\n/gm;

/** @type {typeof import("../src/kernels/kernelText.ts")} */
const { describeKernel } = await importSource("src/kernels/kernelText.ts");

/** @param {string} name @param {string} source @returns {{ shader: string, digest: string }} */
function describe(name, source) {
  const whole = source.replace(INCLUDE, (_, file) => readFileSync(`${SHADERS}/include/${file}.wgsl`, "utf8"));
  const { formula, code: commented, textures, ...text } = describeKernel(`${SHADERS}/${name}.wgsl`, name, whole);
  const code = withoutComments(commented);
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const shader = `export const ${name} = {
  name: "${name}",
  constants: ${record(text.constants)},
  params: ${record(text.params)},
  buffers: ${record(text.buffers)},
  textures: [${textures.map((texture) => `"${texture}"`).join(", ")}],
  dtypes: ${record(text.dtypes)},
  flops: ${counter(formula, Object.keys(text.params))},
  code: ${"`"}${code.replace(/[\\`$]/g, "\\$&")}${"`"} as string,
} as const;
`;
  return { shader, digest: `export const ${name} = "${digest}";\n` };
}

/**
 * The text that is shipped, run and recorded: without comments and empty lines, which a page would
 * have to load. Of the directives those stay that a text is specialised by.
 * @param {string} code
 */
function withoutComments(code) {
  const lines = code.split("\n").map((line) => line.replace(/\s*\/\/(?!@constant|@unroll).*$/, ""));
  return lines
    .filter((line) => line !== "")
    .map((line) => `${line.replace(/\s*(\/\/@\w+).*$/, " $1")}\n`)
    .join("");
}

/** @param {Readonly<Record<string, string | number | boolean>>} values */
function record(values) {
  const fields = Object.entries(values).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

/**
 * The formula of a `//@flops` line as a function of params, and of the workgroups as gx, gy, gz.
 * @param {string} formula
 * @param {readonly string[]} fields
 */
function counter(formula, fields) {
  const axes = ["gx", "gy", "gz"];
  const names = new Set(formula.match(/[A-Za-z_][\w.]*/g) ?? []);
  const params = fields.filter((field) => names.has(field));
  const grid = axes.some((axis) => names.has(axis));
  const first = `{ ${params.join(", ")} }: { ${params.map((name) => `${name}: number`).join("; ")} }`;
  const second = grid ? `, [${axes.map((axis) => (names.has(axis) ? axis : "")).join(", ")}]: Workgroups` : "";
  return `(${params.length === 0 && !grid ? "" : first + second}): number => ${formula}`;
}

const modules = readdirSync(SHADERS)
  .filter((file) => file.endsWith(".wgsl"))
  .sort()
  .map((file) => describe(file.slice(0, -".wgsl".length), readFileSync(`${SHADERS}/${file}`, "utf8")));

const head = `// Generated from ${SHADERS}/*.wgsl by scripts/generate-shaders.mjs. Do not edit.\n`;
const shaders = modules.map(({ shader }) => shader).join("\n");
const outputs = {
  [OUTPUT]: `${head}import type { Workgroups } from "./kernel.ts";\n\n${shaders}`,
  [DIGESTS]: head + modules.map(({ digest }) => digest).join(""),
};

/** @param {string} path @returns {string} the present contents of a file */
function current(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
for (const [path, output] of Object.entries(outputs)) {
  if (current(path) === output) continue;
  if (process.argv.includes("--check")) {
    console.error(`${path} is stale; run \`npm run shaders\``);
    process.exitCode = 1;
  } else {
    writeFileSync(path, output);
  }
}
