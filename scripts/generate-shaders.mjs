// Turns shaders/*.wgsl into src/kernels/shaders.generated.ts, so that every runtime loads plain
// modules. `--check` writes nothing and fails when the generated file is stale. shaders/README.md
// lists the rules that it enforces. It runs generate-table.mjs as well.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import "./generate-table.mjs";

const SHADERS = "shaders";
const OUTPUT = "src/kernels/shaders.generated.ts";

const BINDING =
  /^@group\((\d+)\) @binding\((\d+)\) var(?:<(uniform|storage, read|storage, read_write)>)? (\w+): ([\w<>]+(?:, read>)?);/gm;
const TEXTURE = "texture_storage_2d<rgba32float, read>";
const PARAMS = /^struct Params \{\n([^}]*)\}/m;
const FIELD = /^ {2}(\w+): (u32|i32|f32),/;
const CONSTANT = /^const (\w+): (i32|u32|bool) = (\w+);.*\/\/@constant/gm;
const FLOPS = /^\/\/@flops (.+)$/m;
const INCLUDE = /^\/\/@include (\w+)\n/gm;

/** @param {string} name @param {string} source */
function describe(name, source) {
  /** @param {string} message @returns {never} */
  const fail = (message) => {
    throw new Error(`${SHADERS}/${name}.wgsl: ${message}`);
  };
  const code = source.replace(INCLUDE, (_, file) => readFileSync(`${SHADERS}/include/${file}.wgsl`, "utf8"));
  if (!code.startsWith("// ")) fail("line 1 must be a comment with the formula");
  /** @type {string[]} */
  const buffers = [];
  /** @type {string[]} */
  const dtypes = [];
  /** @type {string[]} */
  const textures = [];
  let next = 0;
  for (const [, group, binding, space, variable, type = ""] of code.matchAll(BINDING)) {
    if ((space === undefined) !== (type === TEXTURE)) fail(`\`${variable}\` is neither a buffer nor a texture to read`);
    if (type === TEXTURE) textures.push(`"${variable}"`);
    const kind = space ?? "storage, read";
    if (group !== "0") fail(`\`${variable}\` is in group ${group}; every binding belongs to group 0`);
    if (Number(binding) !== next) fail(`\`${variable}\` is binding ${binding}; expected ${next}, in file order`);
    if ((kind === "uniform") !== (next === 0)) fail("binding 0, and only binding 0, is `var<uniform> params: Params`");
    if (kind !== "uniform") {
      buffers.push(`${variable}: "${kind.slice("storage, ".length)}"`);
      dtypes.push(
        `${variable}: "${dtypeOf(type) ?? fail(`\`${variable}\` holds ${type}; expected f32 or u32 values`)}"`,
      );
    }
    next += 1;
  }
  if (next === 0) fail("no bindings found; see the conventions in shaders/README.md");
  const body = PARAMS.exec(code)?.[1] ?? fail("`struct Params` is missing");
  /** @type {string[]} */
  const fields = [];
  const params = body
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [, field = "", type] =
        FIELD.exec(line) ?? fail(`\`${line.trim()}\`: Params holds only u32, i32 and f32 fields`);
      fields.push(field);
      return `${field}: "${type}"`;
    });
  if (params.length > 64) fail("Params holds at most 64 fields (256 bytes)");
  const constants = [...code.matchAll(CONSTANT)].map(([, field, , value]) => `${field}: ${value}`);
  const formula = FLOPS.exec(code)?.[1] ?? fail("a line `//@flops FORMULA` is missing");
  const digest = createHash("sha256").update(code).digest("hex").slice(0, 16);
  /** @param {string[]} fields */
  const record = (fields) => (fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`);
  return `export const ${name} = {
  name: "${name}",
  digest: "${digest}",
  constants: ${record(constants)},
  params: ${record(params)},
  buffers: ${record(buffers)},
  textures: [${textures.join(", ")}],
  dtypes: ${record(dtypes)},
  flops: ${counter(formula, fields, fail)},
  code: ${"`"}${code.replace(/[\\`$]/g, "\\$&")}${"`"},
} as const;
`;
}

/** The dtype of a storage buffer's values. @param {string} type */
function dtypeOf(type) {
  return /^array<(?:f32|vec[234]f)>$/.test(type) || type === TEXTURE
    ? "f32"
    : /^array<(?:u32|vec[234]u|atomic<u32>)>$/.test(type)
      ? "u32"
      : undefined;
}

/**
 * The formula of a `//@flops` line as a function of params, and of the workgroups as gx, gy, gz.
 * @param {string} formula
 * @param {readonly string[]} fields
 * @param {(message: string) => never} fail
 */
function counter(formula, fields, fail) {
  const axes = ["gx", "gy", "gz"];
  const names = new Set(formula.replace(/\bMath\.(?:ceil|min|max)\b/g, "").match(/[A-Za-z_]\w*/g) ?? []);
  for (const name of names) {
    if (!fields.includes(name) && !axes.includes(name)) fail(`//@flops: \`${name}\` is neither a param nor gx, gy, gz`);
  }
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
