// Turns shaders/*.wgsl into src/kernels/shaders.generated.ts, so that every runtime loads plain
// modules. `--check` writes nothing and fails when the generated file is stale. shaders/README.md
// lists the rules that it enforces. It runs generate-table.mjs and generate-page.mjs as well.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import "./generate-page.mjs";
import "./generate-table.mjs";
import { importSource } from "./import-source.mjs";

const SHADERS = "shaders";
const OUTPUT = "src/kernels/shaders.generated.ts";

const INCLUDE = /^\/\/@include (\w+)\n/gm;

/** @type {typeof import("../src/kernels/kernelText.ts")} */
const { describeKernel } = await importSource("src/kernels/kernelText.ts");

/** @param {string} name @param {string} source */
function describe(name, source) {
  const whole = source.replace(INCLUDE, (_, file) => readFileSync(`${SHADERS}/include/${file}.wgsl`, "utf8"));
  const { formula, code: commented, textures, ...text } = describeKernel(`${SHADERS}/${name}.wgsl`, name, whole);
  const code = withoutComments(commented);
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 16);
  return `export const ${name} = {
  name: "${name}",
  digest: "${digest}",
  constants: ${record(text.constants)},
  params: ${record(text.params)},
  buffers: ${record(text.buffers)},
  textures: [${textures.map((texture) => `"${texture}"`).join(", ")}],
  dtypes: ${record(text.dtypes)},
  flops: ${counter(formula, Object.keys(text.params))},
  code: ${"`"}${code.replace(/[\\`$]/g, "\\$&")}${"`"} as string,
} as const;
`;
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
const output = `// Generated from ${SHADERS}/*.wgsl by scripts/generate-shaders.mjs. Do not edit.\nimport type { Workgroups } from "./kernel.ts";\n\n${modules.join("\n")}`;

/** @returns {string} the present contents of the file */
function current() {
  try {
    return readFileSync(OUTPUT, "utf8");
  } catch {
    return "";
  }
}
if (process.argv.includes("--check")) {
  if (current() !== output) {
    console.error(`${OUTPUT} is stale; run \`npm run shaders\``);
    process.exit(1);
  }
} else if (current() !== output) {
  writeFileSync(OUTPUT, output);
}
