import { evaluate } from "./expression.ts";
import type { Constants, Kernel } from "./kernel.ts";

const CONSTANT = /^const (\w+)(?:: \w+)? = (.+?);(.*)$/;
const UNROLL = /^( *)for \(var (\w+) = (.+); \2 < (.+); \2\+\+\) \{ *\/\/@unroll$/;

/**
 * The WGSL text that reaches the device: `constants` replace the defaults of the kernel's
 * `//@constant` lines, and each loop whose opening line ends in `//@unroll` is repeated with its
 * counter as a WGSL `const`. Nothing else changes, so that the text is still recognisable as the
 * file. `fixed` replaces params by numbers, for shapes that are worth a pipeline of their own:
 * drivers then unroll short loops and fold divisions. Unrolling is textual because WGSL demands
 * const-expressions as lanes of a shuffle, and because registers are private arrays that must be
 * indexed by constants.
 *
 * Throws RangeError for a constant that the kernel does not declare.
 */
export function specialise(kernel: Kernel, constants: Constants, fixed: Readonly<Record<string, number>> = {}): string {
  for (const name of Object.keys(constants)) {
    if (!(name in kernel.constants)) throw new RangeError(`${kernel.name}: no //@constant is named \`${name}\``);
  }
  const known = new Map<string, number>();
  const lines = kernel.code.split("\n").map((line) => {
    const [, name = "", text = "", rest = ""] = CONSTANT.exec(line) ?? [];
    if (name === "") return line;
    const given = rest.includes("//@constant") ? constants[name] : undefined;
    const value = given === undefined ? text : literal(given);
    if (/^[\w\s+\-*/%()]+$/.test(value) && !/true|false|\d\.|[iuf]32/.test(value))
      known.set(name, integer(value, known));
    return given === undefined ? line : line.replace(` = ${text};`, ` = ${value};`);
  });
  return fix(unroll(lines, known).join("\n"), kernel, fixed);
}

function fix(code: string, kernel: Kernel, fixed: Readonly<Record<string, number>>): string {
  for (const [name, value] of Object.entries(fixed)) {
    const type = kernel.params[name];
    if ((type !== "i32" && type !== "u32") || !Number.isInteger(value)) {
      throw new RangeError(`${kernel.name}: expected an integer param to specialise, got \`${name}\` = ${value}`);
    }
  }
  return code.replace(/\bparams\.(\w+)/g, (text, name: string) => {
    const value = fixed[name];
    return value === undefined ? text : `${kernel.params[name]}(${value})`;
  });
}

function literal(value: number | boolean): string {
  if (typeof value === "boolean" || Number.isInteger(value)) return String(value);
  throw new RangeError(`specialise: expected an integer or a boolean, got ${value}; pass fractions as params`);
}

function unroll(lines: readonly string[], known: ReadonlyMap<string, number>): string[] {
  const output: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const [, indent, name = "", from = "", to = ""] = UNROLL.exec(line) ?? [];
    if (indent === undefined) {
      output.push(line);
      continue;
    }
    // The closing brace stands at the loop's own indentation.
    const close = lines.indexOf(`${indent}}`, i);
    if (close < 0) throw new Error(`specialise: no closing brace for: ${line.trim()}`);
    const body = lines.slice(i + 1, close);
    for (let n = integer(from, known); n < integer(to, known); n++) {
      output.push(`${indent}{ const ${name} = ${n};`, ...unroll(body, new Map(known).set(name, n)), `${indent}}`);
    }
    i = close;
  }
  return output;
}

/** An integer expression of known names; division truncates, as in WGSL. */
function integer(text: string, known: ReadonlyMap<string, number>): number {
  const lookUp = (name: string): number => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`specialise: \`${name}\` in \`${text}\` is not a known integer constant`);
    return value;
  };
  return evaluate(text, lookUp, (a, b) => Math.trunc(a / b));
}
