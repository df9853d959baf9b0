// What a WGSL text says of itself, by the rules of shaders/README.md. The build reads the files of
// shaders/ with it, and programs read kernels of their own.
import { evaluate } from "./expression.ts";
import type { Access, Dtype, Kernel, Scalar } from "./kernel.ts";
import { kindOf } from "./options.ts";

const BINDING =
  /^@group\((\d+)\) @binding\((\d+)\) var(?:<(uniform|storage, read|storage, read_write)>)? (\w+): ([\w<>]+(?:, read>)?);/gm;
const TEXTURE = "texture_storage_2d<rgba32float, read>";
const PARAMS = /^struct Params \{\n([^}]*)\}/m;
const FIELD = /^ {2}(\w+): (u32|i32|f32),/;
const CONSTANT = /^const (\w+): (i32|u32|bool) = (true|false|-?\d+)u?;.*\/\/@constant/gm;
const FLOPS = /^\/\/@flops (.+)$/m;
const GRID = ["gx", "gy", "gz"];

/** A kernel whose count of operations is still a formula. */
export interface KernelText extends Omit<Kernel, "flops"> {
  /** The `//@flops` line, in terms of params and of gx, gy, gz, the numbers of workgroups. */
  readonly formula: string;
}

/**
 * A kernel of the caller's own, for `gpu.dispatch` and the ops that it defines. The text follows
 * the rules of shaders/README.md of this package: a formula first, one bind group whose binding 0
 * is `params: Params`, storage buffers after it, and a `//@flops` line.
 *
 * @param name an identifier, under which records list it.
 * @throws Error naming the kernel, what was expected and what the text has.
 */
export function kernel(name: string, code: string): Kernel {
  if (!/^[A-Za-z]\w*$/.test(name)) {
    throw new Error(`kernel: expected an identifier as its name, got ${JSON.stringify(name)}`);
  }
  const { formula, ...text } = describeKernel(name, name, code);
  const flops: Kernel["flops"] = (params, workgroups) =>
    evaluate(formula, (word) => params[word] ?? workgroups[GRID.indexOf(word)] ?? Number.NaN);
  return { ...text, flops };
}

/**
 * Reads what a text declares. Error with the first rule that it breaks.
 *
 * @param where what the errors begin with.
 */
export function describeKernel(where: string, name: string, code: string): KernelText {
  const fail = (message: string): never => {
    throw new Error(`${where}: expected ${message}`);
  };
  if (typeof code !== "string") fail(`its text in WGSL, got ${kindOf(code)}`);
  if (!code.startsWith("// ")) fail("a comment with the formula in line 1");
  if (!/@compute\b[^{;]*\bfn main\(/.test(code)) fail("an entry point `@compute … fn main(…)`, got none");
  if (/^\/\/@include\b/m.test(code)) fail("a whole text, got `//@include`; put in what it stands for");
  const [, body] = PARAMS.exec(code) ?? fail("`struct Params {` with one field to a line, got none");
  const params = paramsOf(body as string, fail);
  return {
    name,
    constants: constantsOf(code, fail),
    params,
    ...bindingsOf(code, fail),
    code,
    formula: formulaOf(code, [...Object.keys(params), ...GRID], fail),
  };
}

type Fail = (message: string) => never;

function paramsOf(body: string, fail: Fail): Readonly<Record<string, Scalar>> {
  const lines = body.trimEnd().split("\n");
  if (lines.length > 64) fail(`at most 64 fields (256 bytes) in Params, got ${lines.length}`);
  const fields = lines.map((line) => {
    const [, field, type] =
      FIELD.exec(line) ?? fail(`fields \`  name: u32,\`, i32 or f32, in Params, got \`${line.trim()}\``);
    return [field as string, type as Scalar] as const;
  });
  return Object.fromEntries(fields);
}

function constantsOf(code: string, fail: Fail): Readonly<Record<string, number | boolean>> {
  const found = [...code.matchAll(CONSTANT)];
  const marked = code.match(/\/\/@constant/g)?.length ?? 0;
  if (marked !== found.length) {
    fail(`each \`//@constant\` behind \`const NAME: i32 = 1;\`, u32 or bool, got ${found.length} of ${marked}`);
  }
  const values = found.map(([, field = "", type, value]) => {
    return [field, type === "bool" ? value === "true" : Number(value)] as const;
  });
  return Object.fromEntries(values);
}

function bindingsOf(code: string, fail: Fail): Pick<Kernel, "buffers" | "dtypes" | "textures"> {
  const buffers: Record<string, Access> = {};
  const dtypes: Record<string, Dtype> = {};
  const textures: string[] = [];
  const found = [...code.matchAll(BINDING)];
  const declared = code.match(/@binding\(/g)?.length ?? 0;
  if (found.length !== declared) {
    fail(
      "each binding on a line `@group(0) @binding(1) var<storage, read> x: array<f32>;`, " +
        `got ${found.length} of ${declared}`,
    );
  }
  found.forEach(([, group, binding, space, variable = "", type = ""], next) => {
    if (group !== "0") fail(`every binding in group 0, got \`${variable}\` in ${group}`);
    if (Number(binding) !== next) fail(`binding ${next} next, in file order, got \`${variable}\` as ${binding}`);
    const texture = type === TEXTURE;
    if (texture !== (space === undefined)) fail(`buffers and textures to read, got \`${variable}: ${type}\``);
    if ((space === "uniform") !== (next === 0) || (next === 0 && variable !== "params")) {
      fail(`\`var<uniform> params: Params\` as binding 0 and nowhere else, got \`${variable}\` as ${binding}`);
    }
    if (next === 0) return;
    if (texture) textures.push(variable);
    buffers[variable] = space === "storage, read_write" ? "read_write" : "read";
    dtypes[variable] = dtypeOf(type) ?? fail(`f32 or u32 values, got \`${variable}: ${type}\``);
  });
  if (found.length < 2) fail("`params` and at least one buffer, got none");
  return { buffers, textures, dtypes };
}

/** The dtype of a storage buffer's values. */
function dtypeOf(type: string): Dtype | undefined {
  if (/^array<(?:f32|vec[234]f)>$/.test(type) || type === TEXTURE) return "f32";
  return /^array<(?:u32|vec[234]u|atomic<u32>)>$/.test(type) ? "u32" : undefined;
}

function formulaOf(code: string, names: readonly string[], fail: Fail): string {
  const [, formula = ""] =
    FLOPS.exec(code) ?? fail("a line `//@flops FORMULA`, got none; write 0 where nothing is computed");
  try {
    evaluate(formula, (word) => (names.includes(word) ? 1 : fail(`params, gx, gy or gz in //@flops, got \`${word}\``)));
  } catch (error) {
    const { message } = error as Error;
    fail(message.replace(/^.*?\bexpected /, "").concat(message.includes("//@flops") ? "" : " of //@flops"));
  }
  return formula;
}
