// The rules of ARCHITECTURE.md that a machine can check.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "./support/suite.ts";

/** Any other entry of a folder: it imports those before, and none of its own kind. */
const REST = "*";

/**
 * Who may import whom, from the bottom up: an entry of a folder imports only itself and entries
 * before it. Type imports count. Folders that are not named here are one room without inner walls.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  src: [
    "math",
    "kernels",
    "formats",
    "tensor",
    "autograd",
    "ot",
    "models",
    "metrics",
    "worker", // the core
    "files",
    "codecs",
    "adapter",
    "cluster",
    "datasets",
    "audit",
    "pictures",
    "report",
    "run",
    "experiments",
    "cli",
  ],
  "src/adapter": [
    "tunings.ts",
    "choice.ts",
    "opened.ts",
    "openAdapter.ts",
    "web",
    "pause.ts",
    "release.ts",
    "versions.ts",
    "nap.ts",
    "cache.ts",
    "openGpu.ts",
  ],
  "src/audit": ["references", "record", "read"],
  "src/experiments": ["lab", "pictures", "plane", "all.ts"],
  "src/models": ["networks", "training", "autoencoder", "systems", "generator"],
  "src/ot": [
    "points.ts",
    "closePoints.ts",
    "reference",
    "source.ts",
    "problem.ts",
    "cells",
    "solver",
    "exact",
    "map",
    "certificate",
    "extension",
    "classes.ts",
  ],
  "src/ot/exact": ["plane", "exact1d.ts", "resolve.ts", "distance.ts", "exact.ts", "exactMap.ts", "singularSet.ts"],
  "src/tensor": [
    "shape.ts",
    "values.ts",
    "engine.ts",
    "make.ts",
    "broadcasting.ts",
    "defineOp.ts",
    "print.ts",
    "ops",
    "reference",
    "diagnostics",
  ],
  "src/tensor/ops": [
    "box.ts",
    "sum.ts",
    "operands.ts",
    "byElement.ts",
    "elementwise.ts",
    "mean.ts",
    "compare.ts",
    "maximum.ts",
    "where.ts",
    "pow.ts",
    "elu.ts",
    "oneHot.ts",
    "random.ts",
    "reshape.ts",
    "move.ts",
    "biasAdd.ts",
    "product",
    "convolution",
    "windows.ts",
    "overAxes.ts",
    "logSoftmax.ts",
    "losses.ts",
    "batchNorm.ts",
    REST,
  ],
};
/** The two wings over the floor: neither imports the other. */
const WINGS = { left: ["tensor", "autograd"], right: ["ot"] };
/** What any runtime can run: see tsconfig.core.json. */
const CORE = LAYERS["src"]?.slice(0, 9) ?? [];
/** The faces of the core. */
const CORE_FACES = [
  "src/index.ts",
  "src/ot/index.ts",
  "src/models/index.ts",
  "src/metrics/index.ts",
  "src/worker/index.ts",
];
/** The faces that run in every runtime with WebGPU: see tsconfig.core.json. */
const PORTABLE_FACES = [...CORE_FACES, "src/cluster/index.ts", "src/web.ts"];
/** The package that a portable face loads when it is used. */
const LOADED: Readonly<Record<string, string>> = { "src/cluster/index.ts": "@nats-io/nats-core" };
const FACE = /^src\/(?:\w+\/)?(?:index|node|web)\.ts$/;

interface Source {
  readonly path: string;
  readonly text: string;
  /** See `codeOf`. */
  readonly code: string;
}

/** Comments, strings and patterns; a pattern follows what no value ends with. */
const WORDS =
  /\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"|(?<=[(,=:[!&|?{};>+]\s*|\breturn )\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\//y;
/** The part of a template up to its end or to the next code. */
const TEMPLATE = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{)/y;

/** The text without comments, strings and patterns; of templates only what stands in ${}. */
function codeOf(text: string): string {
  const open: ("template" | "block")[] = [];
  let code = "";
  /** The place after what `pattern` finds at `from`. */
  const skip = (pattern: RegExp, from: number): number => {
    pattern.lastIndex = from;
    return pattern.test(text) ? pattern.lastIndex : from;
  };
  const skipTemplate = (from: number): number => {
    const to = skip(TEMPLATE, from);
    if (text[to - 1] === "{") open.push("template");
    code += " ";
    return to;
  };
  for (let at = 0; at < text.length; ) {
    const after = skip(WORDS, at);
    const char = text[at] as string;
    if (after > at) at = after;
    else if (char === "`") at = skipTemplate(at + 1);
    else if (char === "}" && open.pop() === "template") at = skipTemplate(at + 1);
    else {
      if (char === "{") open.push("block");
      code += char;
      at++;
    }
  }
  assert.equal(open, [], "expected braces and templates that end");
  return code;
}

const read = (folder: string, ending: RegExp): Omit<Source, "code">[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => ending.test(path) && !path.includes("generated") && !path.includes("node_modules"))
    .map((path) => {
      const text = readFileSync(posix.join(folder, path), "utf8");
      return { path: posix.join(folder, path.replaceAll("\\", "/")), text };
    });

const sources: readonly Source[] = read("src", /\.ts$/).map((file) => ({ ...file, code: codeOf(file.text) }));
const core = sources.filter(({ path }) => CORE.includes(path.split("/")[1] ?? ""));
const imports = sources.flatMap(({ path, text }) =>
  [...text.matchAll(/\b(?:from|import)(?: |\()["']([^"']+)["']/g)].map(([, target = ""]) => ({
    from: path,
    to: target.startsWith(".") ? posix.join(posix.dirname(path), target) : target,
  })),
);
const inside = imports.filter(({ to }) => to.startsWith("src/"));

/** The entry of `folder` that a path below it belongs to. */
const entryOf = (folder: string, path: string): string => path.slice(folder.length + 1).split("/")[0] ?? "";

/** The deepest folder that holds both paths. */
function commonFolder(a: string, b: string): string {
  const [left, right] = [a.split("/"), b.split("/")];
  const length = left.findIndex((part, i) => part !== right[i]);
  return left.slice(0, length).join("/");
}

/** Circles among nodes, each as the nodes on it. */
function circles(edges: readonly (readonly [string, string])[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [a, b] of edges) if (a !== b) next.set(a, (next.get(a) ?? new Set()).add(b));
  const found: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (node: string, path: readonly string[]): void => {
    if (state.get(node) === "done") return;
    if (state.get(node) === "open") {
      found.push([...path.slice(path.indexOf(node)), node].join(" → "));
      return;
    }
    state.set(node, "open");
    for (const to of next.get(node) ?? []) visit(to, [...path, node]);
    state.set(node, "done");
  };
  for (const node of next.keys()) visit(node, []);
  return found;
}

describe("architecture", {
  "the rules see all code and nothing else"() {
    for (const [text, code] of [
      ['f("a \\" b", c) // d', "f(, c) "],
      ["/* a */ b; /** c\n * d */ e", " b;  e"],
      [`\`a \${[{ b }].map((c) => \`d \${e}\${f}\`)} g\`;`, " [{ b }].map((c) =>  e f ) ;"],
      ['a.replace(/"/g, b) + /[/`]\\//.test(c)', "a.replace(g, b) + .test(c)"],
      ["a / b / c + (d) / e", "a / b / c + (d) / e"],
    ] as const) {
      assert.is(codeOf(text), code, text);
    }
  },

  "there is something to check"() {
    assert.ok(sources.length > 200 && inside.length > 800, `${sources.length} files, ${inside.length} imports`);
    for (const layer of CORE) {
      const has = core.some(({ path }) => path.startsWith(`src/${layer}/`));
      assert.ok(has, layer);
    }
  },

  "every entry of a divided folder has its place, and there are no others"() {
    for (const [folder, layers] of Object.entries(LAYERS)) {
      const there = sources
        .filter(({ path }) => path.startsWith(`${folder}/`) && !FACE.test(path))
        .filter(({ path }) => folder !== "src" || path.split("/").length > 2)
        .map(({ path }) => entryOf(folder, path));
      const named = layers.filter((layer) => layer !== REST);
      const all = layers.includes(REST) ? there.filter((entry) => named.includes(entry)) : there;
      assert.equal([...new Set(all)].sort(), [...named].sort(), folder);
    }
    const folders = new Set<string>();
    for (const { path } of sources) {
      for (let folder = posix.dirname(path); folder !== "src" && folder !== "."; folder = posix.dirname(folder)) {
        folders.add(folder);
      }
    }
    const divided = [...folders].map((folder) => posix.dirname(folder));
    const without = divided.filter((folder) => folder !== "src" && !(folder in LAYERS));
    // A folder whose only inner room is its float64 reference needs no plan.
    assert.equal([...new Set(without)], ["src/autograd"], "folders with rooms but without an order");
  },

  "imports go downwards only, in the house and in every divided folder"() {
    for (const { from, to } of inside) {
      const folder = commonFolder(from, to);
      const layers = LAYERS[folder];
      if (layers === undefined || FACE.test(from)) continue;
      const place = (path: string): number => {
        const found = layers.indexOf(entryOf(folder, path));
        return found < 0 ? layers.indexOf(REST) : found;
      };
      const [above, below] = [place(from), place(to)];
      assert.ok(layers[above] !== REST || below < above, `${from} may not import ${to}: both are new`);
      // The entries at the top of src import the command that they run.
      const entry = folder === "src" && /^src\/\w+\.ts$/.test(from);
      assert.ok(below >= 0 && (entry || below <= above), `${from} may not import ${to}: it climbs in ${folder}`);
    }
  },

  "there are no circles, among files and among the entries of every folder"() {
    assert.equal(circles(inside.map(({ from, to }) => [from, to])), []);
    const folders = new Set(sources.map(({ path }) => posix.dirname(path)));
    for (const folder of folders) {
      const below = inside.filter(({ from, to }) => from.startsWith(`${folder}/`) && to.startsWith(`${folder}/`));
      const found = circles(below.map(({ from, to }) => [entryOf(folder, from), entryOf(folder, to)]));
      assert.equal(found, [], folder);
    }
  },

  "tensors and transport know nothing of each other"() {
    for (const { from, to } of inside) {
      const [a = "", b = ""] = [from.split("/")[1], to.split("/")[1]];
      const across = [
        [WINGS.left, WINGS.right],
        [WINGS.right, WINGS.left],
      ].some(([mine, theirs]) => mine?.includes(a) && theirs?.includes(b));
      assert.ok(!across, `${from} may not import ${to}`);
    }
  },

  "faces re-export and do nothing else, and nobody else re-exports"() {
    for (const { path, text, code } of sources) {
      const left = text
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
        .replace(/^export (?:type )?(?:\*|\{[^}]*\}) from "[^"]+";$/gm, "");
      if (FACE.test(path)) assert.is(left.trim(), "", path);
      else assert.not.match(code, /\bexport (?:type )?[*{]/, `${path} re-exports: export where a thing is declared`);
    }
  },

  "what ships to users reaches no float64 reference and no table of them, so that bundles stay small"() {
    const next = new Map<string, string[]>();
    for (const { from, to } of inside) next.set(from, [...(next.get(from) ?? []), to]);
    for (const face of PORTABLE_FACES) {
      const reached = new Set([face]);
      for (const path of reached) for (const to of next.get(path) ?? []) reached.add(to);
      assert.ok(reached.size > 10, `${face} reaches ${reached.size} files`);
      const isOutside = (to: string): boolean => !to.startsWith("src/") && to !== LOADED[face];
      const outside = imports.filter(({ from, to }) => reached.has(from) && isOutside(to));
      assert.equal(outside, [], `${face} leads outside`);
      for (const path of reached) {
        assert.not.match(path, /\/reference\/|^src\/audit\//, `${face} leads to ${path}`);
      }
    }
    for (const { from, to } of inside) {
      const held = core.some(({ path }) => path === from) && !from.includes("/reference/");
      assert.ok(!held || !/\/reference\/|^src\/audit\//.test(to), `${from} may not import ${to}`);
    }
  },

  "the core imports nothing from outside, and names nothing that only some runtimes have"() {
    for (const { from, to } of imports) {
      assert.not.match(to, /^brenier\b/, `${from} imports this package by its name: take the file`);
      if (!core.some(({ path }) => path === from)) continue;
      assert.ok(to.startsWith("src/"), `${from} imports ${to}: the core imports no packages and no node: modules`);
    }
    for (const { path, code } of core) {
      assert.not.match(code, /\bimport\(/, `${path} imports at run time`);
      const foreign = /\b(process|console|document|window|navigator|fetch|Buffer|require|eval|Function)\b[.(]/;
      assert.not.match(code, foreign, path);
    }
  },

  "no result depends on the engine's elementary functions, whose last bits differ: src/math has its own"() {
    // Math's members that IEEE 754 or ECMAScript fixes to the last bit, and constants.
    const exact =
      "abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|E|LN2|LN10|LOG2E|LOG10E|PI|SQRT1_2|SQRT2";
    const inexact = new RegExp(`\\bMath\\b(?!\\.(?:${exact})\\b)|\\*\\*`);
    for (const code of [
      "Math.exp(x)",
      "x ** 2",
      "const { sin } = Math;",
      "f(Math)",
      'Math["cos"](x)',
      "Math\n  .pow(x, y)",
    ])
      assert.match(code, inexact);
    for (const code of ["Math.sqrt(x)", "Math.PI", "x * x"]) assert.not.match(code, inexact);
    for (const { path, code } of sources) {
      const found = inexact.exec(code);
      assert.ok(found === null, `${path} uses ${code.slice(found?.index).split("\n")[0]}: take src/math's`);
    }
  },

  "only src/kernels and src/adapter touch WebGPU"() {
    for (const { path, code } of sources) {
      if (/^src\/(kernels|adapter)\//.test(path)) continue;
      const webgpu = /\bGPU[A-Z]|\.(?:dispatchWorkgroups|writeBuffer|mapAsync|queue\.\w+)\(/;
      assert.not.match(code, webgpu, path);
      // An adapter's summary names its device in words; every other one is WebGPU's.
      const device = /(?<!\badapter)\.device\b|\bdevice\b[^=;{}]*\}(?: = \w*[gG]pu\b|: (?:Opened)?(?:Gpu|Engine)\b)/;
      assert.not.match(code, device, path);
      if (!FACE.test(path)) assert.not.match(code, /\bDevice\b/, path);
    }
  },

  "every shader is imported by name, and opens with its formula and its dispatch"() {
    const imported = new Set(
      sources.flatMap(({ text }) =>
        [...text.matchAll(/import \{([^}]*)\} from "[^"]*shaders\.generated\.ts"/g)].flatMap(([, list = ""]) =>
          list.split(",").map((name) => name.trim().split(" as ")[0] ?? ""),
        ),
      ),
    );
    for (const file of readdirSync("shaders").filter((name) => name.endsWith(".wgsl"))) {
      assert.ok(imported.has(file.replace(".wgsl", "")), `shaders/${file} is not imported`);
      const head = readFileSync(`shaders/${file}`, "utf8").split("\n\n")[0] ?? "";
      assert.match(head, /^\/\/ .*\n[\s\S]*[Dd]ispatch/, `shaders/${file}: head without formula and dispatch`);
    }
  },

  "comments end by column 100"() {
    const all = [
      "src",
      "pages",
      "site/shell",
      "site/plane",
      "site/chapters",
      "test",
      "bench",
      "examples",
      "scripts",
      "shaders",
    ].flatMap((folder) => read(folder, /\.(?:ts|mjs|wgsl)$/));
    assert.ok(all.length > 400, `${all.length} files`);
    const comment = /^\s*(?:\/\/|\/\*|\*)|[^:"'`/]\/\/ /;
    for (const { path, text } of all) {
      for (const [number, line] of text.split("\n").entries()) {
        if (line.length > 100) assert.not.match(line, comment, `${path}:${number + 1}: a comment of ${line.length}`);
      }
    }
  },
});
