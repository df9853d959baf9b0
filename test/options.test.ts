// Every function of the faces that takes a record with optional properties refuses a name that it
// does not know. The declarations tell which functions these are, so that none can be forgotten.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { checkRule } from "../src/ot/extension/rule.ts";
import { checkDraw } from "../src/ot/source.ts";
import { FACES } from "./support/faces.ts";
import { describe } from "./support/suite.ts";
import { throws } from "./support/throws.ts";

/**
 * Types with optional properties that are no options: results and handles of the library, which
 * their makers check, and records that are read from the device's caller.
 */
const DATA = new Set([
  "Alive",
  "Applied", // a function
  "Device", // WebGPU's own
  "Draw", // by `checkDraw`: see the test below
  "Dispatch", // of the hot path: its names are those of the kernel, which `dispatch` looks up
  "Kernel",
  "KernelConfig", // what `kernelsOf` returned
  "LayerSpecs", // layers by their names
  "NonFinite", // what `firstNonFinite` returned
  "OptimizerState", // what `save` returned
  "Points", // what `points` returned
  "Problem", // what `createProblem` returned
  "Rule", // by its name: see the test below
  "Seal", // what a file said
  "SolverState",
  "State",
  "TrainingState", // what `save` returned
  "Watcher", // two functions
]);

interface Declared {
  readonly file: string;
  readonly text: string;
}

const texts = new Map<string, string>();
/** A declaration file without comments. */
function textOf(file: string): string {
  const known = texts.get(file) ?? readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  texts.set(file, known);
  return known;
}

/** The text from a bracket at `from` to the one that closes it. */
function bracket(text: string, from: number): string {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if ("{([".includes(text[i] as string)) depth++;
    if ("})]".includes(text[i] as string) && --depth === 0) return text.slice(from, i + 1);
  }
  throw new Error(`expected a bracket that closes in ${text.slice(from, from + 80)}`);
}

/** Where a name that a file uses is declared: in itself, or in the file that it imports it from. */
function declarationOf(file: string, name: string): Declared | undefined {
  const text = textOf(file);
  const found = new RegExp(
    `^(?:export )?(?:declare )?(?:abstract )?(?:async )?(?:interface|type|class|function|const) ${name}\\b`,
    "m",
  ).exec(text);
  if (found !== null) {
    const rest = text.slice(found.index);
    const next = rest.slice(1).search(/^(?:export|declare|interface|type|import)\b/m);
    return { file, text: next < 0 ? rest : rest.slice(0, next + 1) };
  }
  for (const [, names = "", target = ""] of text.matchAll(
    /(?:import|export) (?:type )?\{([^}]*)\} from "(\.[^"]+)"/g,
  )) {
    if (!names.split(",").some((item) => item.trim().split(" ").at(-1) === name)) continue;
    return declarationOf(posix.join(posix.dirname(file), target.replace(/\.(?:js|ts)$/, ".d.ts")), name);
  }
  for (const [, target = ""] of text.matchAll(/export \* from "(\.[^"]+)"/g)) {
    const there = declarationOf(posix.join(posix.dirname(file), target.replace(/\.(?:js|ts)$/, ".d.ts")), name);
    if (there !== undefined) return there;
  }
  return undefined;
}

/** Without what stands in parentheses: the parameters of functions. */
function flat(text: string): string {
  for (let [before, after] = ["", text]; ; [before, after] = [after, after.replace(/\([^()]*\)/g, "")]) {
    if (before === after) return after;
  }
}

/** Whether a type that a file names has an optional property, itself or by what it extends. */
function isOptional(file: string, type: string, seen: ReadonlySet<string> = new Set()): boolean {
  const own = flat(type);
  if (/[\w\]]\?:/.test(own)) return true;
  const outer = own.replace(/\{[^{}]*\}/g, "");
  return [...outer.matchAll(/\b[A-Z]\w*\b/g)].some(([name]) => {
    if (seen.has(name) || DATA.has(name)) return false;
    const declared = declarationOf(file, name);
    if (declared === undefined || /^(?:export )?(?:declare )?(?:abstract )?class/.test(declared.text)) return false;
    const body = declared.text.replace(/^[\s\S]*?\b(?:interface|type) \w+(?:<[^=]*?>(?= ?[={]))?/, "");
    return isOptional(declared.file, body, new Set([...seen, name]));
  });
}

/** The parameters in a pair of parentheses. */
function parametersOf(list: string): string[] {
  const found: string[] = [];
  let [depth, last] = [0, 1];
  for (let i = 1; i < list.length; i++) {
    const char = list[i] as string;
    if ("{([<".includes(char)) depth++;
    else if (")}]".includes(char) || (char === ">" && list[i - 1] !== "=")) depth--;
    if ((char === "," && depth === 0) || i === list.length - 1) {
      found.push(list.slice(last, i).trim());
      last = i + 1;
    }
  }
  return found.filter((parameter) => parameter !== "");
}

/** The type of a parameter. */
function typeOf(parameter: string): string {
  let depth = 0;
  for (let i = 0; i < parameter.length; i++) {
    if ("{([".includes(parameter[i] as string)) depth++;
    if ("})]".includes(parameter[i] as string)) depth--;
    if (parameter[i] === ":" && depth === 0) return parameter.slice(i + 1).trim();
  }
  return "";
}

/** A parameter with options: of which function, and where. */
interface Place {
  readonly name: string;
  readonly at: number;
  call(parameters: readonly unknown[]): unknown;
}

/** Stands for every other parameter: any property of it is itself. */
const anything: object = new Proxy(
  {},
  {
    get: (_, key) => (key === Symbol.toPrimitive ? () => 1 : key === Symbol.iterator ? [][Symbol.iterator] : anything),
  },
);

function placesOf(file: string, name: string, list: string, call: Place["call"]): Place[] {
  return parametersOf(list).flatMap((parameter, at) => {
    const type = typeOf(parameter);
    const isFunction = /=>/.test(type) && !type.startsWith("{");
    return !isFunction && isOptional(file, type) ? [{ name, at, call }] : [];
  });
}

type Callable = (...parameters: readonly unknown[]) => unknown;

async function placesOfFace(face: string): Promise<{ readonly places: Place[]; readonly functions: number }> {
  const module = (await import(pathToFileURL(`dist/${face}.js`).href)) as Readonly<Record<string, unknown>>;
  const places: Place[] = [];
  let functions = 0;
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== "function") continue;
    functions++;
    const declared = declarationOf(`dist/${face}.d.ts`, name);
    assert.ok(declared !== undefined, `${face}: ${name} is declared`);
    const { file, text } = declared;
    if (!/^class\b/.test(Function.prototype.toString.call(value))) {
      const [, alias] = /const \w+: (\w+);/.exec(text) ?? [];
      const signature = alias === undefined ? text : (declarationOf(file, alias)?.text ?? "");
      const list = bracket(signature, signature.indexOf("("));
      places.push(...placesOf(file, name, list, (parameters) => (value as Callable)(...parameters)));
      continue;
    }
    const Class = value as unknown as (new (
      ...parameters: readonly unknown[]
    ) => object) & { readonly prototype: object };
    const body = bracket(text, text.indexOf("{"));
    for (const match of body.matchAll(/^ {4}(?!protected|private)(?:(?:async|override) )?(\w+)(?:<[^(]*>)?\(/gm)) {
      const method = match[1] as string;
      const call: Callable = (...all) =>
        method === "constructor"
          ? new Class(...all)
          : (Class.prototype as Record<string, Callable>)[method]?.apply(anything, [...all]);
      const list = bracket(body, match.index + match[0].length - 1);
      places.push(...placesOf(file, `${name}.${method}`, list, (all) => call(...all)));
    }
  }
  return { places, functions };
}

/** The message of what a call throws, now or later; undefined where it throws nothing. */
async function messageOf(call: () => unknown): Promise<string | undefined> {
  try {
    const result = (await call()) as { next?: () => unknown } | undefined;
    await result?.next?.(); // a generator begins at its first step
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A name that no function has as an option. */
const STRANGER = "zebra";

const faces = await Promise.all(FACES.map(async (face) => [face, await placesOfFace(face)] as const));

describe("options", {
  "functions with options are found in every face"() {
    const found = faces.flatMap(([, { places }]) => places.map(({ name }) => name));
    for (const name of [
      "conv2d",
      "sum",
      "Adam.constructor",
      "Optimizer.minimize",
      "createProblem",
      "solve",
      "PlainCells.assign",
      "calibrate",
      "createAutoencoder",
      "kMeans",
      "recordAudit",
      "traceEvents",
      "openGpu",
    ]) {
      assert.ok(found.includes(name), name);
    }
    assert.ok(found.length > 90, `${found.length} parameters with options`);
  },

  "of a draw"() {
    const draw = { seed: 1, stream: 0, first: 0, count: 16 };
    throws(
      () => checkDraw({ ...draw, flip: 4 } as never, { source: "cube", dimension: 4 }),
      "got `flip`; did you mean `flips`?",
    );
  },

  "of each rule that extends a map"() {
    for (const name of ["plain", "facet", "local", "chart", "paper"] as const) {
      throws(() => checkRule({ name, [STRANGER]: 1 } as never), "extend: expected options among name");
    }
    throws(
      () => checkRule({ name: "facet", angel: 0.5 } as never),
      "extend: expected options among name, angle, cells, lift, got `angel`; did you mean `angle`?",
    );
  },

  ...Object.fromEntries(
    faces.map(([face, { places, functions }]) => [
      `of ${face} refuse a name that they do not know, and list those that they have`,
      async () => {
        assert.ok(functions > 0);
        const wrong: string[] = [];
        for (const { name, at, call } of places) {
          const others = new Set(places.filter((place) => place.name === name).map((place) => place.at));
          const parameters = Array.from({ length: 6 }, (_, i) =>
            i === at ? { [STRANGER]: 1 } : others.has(i) ? {} : anything,
          );
          const message = (await messageOf(() => call(parameters))) ?? "nothing thrown";
          const expected = /^[\w:. ]+: expected options among \w+(, \w+)*, got `zebra`; leave it out$/;
          if (!expected.test(message)) wrong.push(`${name}, parameter ${at}: ${message}`);
        }
        assert.equal(wrong, []);
      },
    ]),
  ),
});
