// Holds the float64 references and every family of kernels to test/support/specialValues.ts.
import * as assert from "uvu/assert";
import { OPS } from "../../src/audit/references/ops.generated.ts";
import type { Engine } from "../../src/tensor/engine.ts";
import { onEveryFamily } from "../support/families.ts";
import { cellsOf, MAX, type Row, SPECIAL } from "../support/specialRows.ts";
import { TABLE } from "../support/specialValues.ts";
import { describe } from "../support/suite.ts";

/** The least normal float32. */
const NORMAL = 2 ** -126;
/** Relative error of a gradient, which several ops make. */
const TOLERANCE = 2 ** -16;
/** Relative error of a cell, which has four digits. */
const DIGITS = 1e-3;
/** The special values, as the table writes them. */
const NAMES = ["NaN", "-∞", "-max", "-1", "-s", "-0", "0", "s", "1", "max", "∞"];

const subnormal = (x: number): boolean => x !== 0 && Math.abs(x) < NORMAL;
const nameOf = ({ op, variant }: Row): string => (variant === undefined ? op : `${op}, ${variant}`);

/** All that x may be for a device: a subnormal is itself, 0 or −0, and a zero has either sign. */
const taken = (x: number): number[] => (subnormal(x) ? [x, 0, -0] : x === 0 ? [0, -0] : [x]);

/** All that float32 may make of f(…x). */
function outcomes(f: (...x: number[]) => number, x: readonly number[]): number[] {
  const [first = [], second = [[]]] = [
    taken(x[0] as number),
    x[1] === undefined ? undefined : taken(x[1]).map((b) => [b]),
  ];
  const all = first.flatMap((a) => second.map((b) => Math.fround(f(a, ...b))));
  return [...new Set(all.flatMap((y) => (subnormal(y) ? [y, 0] : [y])))];
}

/** Whether y is e, or within `tolerance` of a finite e, relative to |e| + floor. */
const isNear = (y: number, e: number, tolerance: number, floor = 0): boolean =>
  Object.is(y, e) || y === e || (Number.isFinite(e) && Math.abs(y - e) <= tolerance * (Math.abs(e) + floor));

/** Whether a part of a cell, between bars, stands for y. */
function stands(part: string, y: number): boolean {
  const sign = part.startsWith("-") ? -1 : 1;
  const name = sign < 0 ? part.slice(1) : part;
  if (name === "s") return y === 0 || (subnormal(y) && Math.sign(y) === sign);
  return isNear(y, sign * (name === "∞" ? Number.POSITIVE_INFINITY : name === "max" ? MAX : Number(name)), DIGITS);
}

/** Asserts that a cell of the table says what the reference gives. */
function assertSays(where: string, cell: string | undefined, expected: readonly number[]): void {
  const parts = cell?.split("|") ?? [];
  const same =
    expected.every((y) => parts.some((part) => stands(part, y))) &&
    parts.every((part) => expected.some((y) => stands(part, y)));
  assert.ok(same, `${where}: the table says ${cell}, the reference ${expected.join(" or ")}`);
}

/** The lines of a row's cells: what stands before the cells, and the cells. */
const linesOf = (cells: string): { readonly label: string; readonly cells: readonly string[] }[] =>
  cells
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => {
      const words = line.trim().split(/ +/);
      return { label: words.slice(0, -SPECIAL.length).join(" "), cells: words.slice(-SPECIAL.length) };
    });

/** Asserts that the cells of a row are complete and say what its reference gives. */
function assertCells(row: Row, cells: string): void {
  const { arity, value, slopes } = row;
  const name = nameOf(row);
  const [first, ...others] = linesOf(cells);
  const lines = arity === 1 ? [first, ...others] : others;
  const labels = arity === 1 ? ["", "d"] : NAMES;
  assert.equal(
    lines.map((line) => line?.label),
    labels,
    name,
  );
  if (arity === 2) assert.equal(first?.cells, NAMES, name);
  for (const [i, label] of labels.entries()) {
    for (const [j, x] of SPECIAL.entries()) {
      const f = label === "d" ? slopes[0] : value;
      const cell = arity === 1 ? [x] : [SPECIAL[i] as number, x];
      assertSays(`${label} ${name} of ${cell.join(" and ")}`, lines[i]?.cells[j], outcomes(f ?? value, cell));
    }
  }
}

async function check(engine: Engine, row: Row): Promise<void> {
  const { values, gradients } = await row.compute(engine);
  const held = row.slopes.filter((slope) => slope !== null);
  for (const [i, cell] of cellsOf(row.arity).entries()) {
    if (row.open?.(...cell) === true) continue;
    const where = `${nameOf(row)} of ${cell.join(" and ")}`;
    const y = values[i] as number;
    const { tolerance, scale } = row.bound(...cell);
    const floor = typeof scale === "number" && Number.isFinite(scale) ? scale : 0;
    const expected = outcomes(row.value, cell);
    const right = expected.some((e) => isNear(y, e, tolerance, floor));
    assert.ok(right, `${where}: ${y}, expected ${expected.join(" or ")}`);
    for (const [k, slope] of held.entries()) {
      const dx = gradients[k]?.[i] as number;
      const slopes = outcomes(slope, cell);
      const same = slopes.some((e) => isNear(dx, e, TOLERANCE));
      assert.ok(same, `gradient ${k} of ${where}: ${dx}, expected ${slopes.join(" or ")}`);
    }
  }
}

describe("the table of special values", {
  "has a row for every elementwise op and loss"() {
    const named = new Set(TABLE.map(({ op }) => op));
    const kernels = new Set(["elementwise", "where", "biasAdd", "loss"]);
    const missing = Object.entries(OPS).filter(
      ([op, row]) => !named.has(op) && row.kernels.some((k) => kernels.has(k)),
    );
    assert.equal(
      missing.map(([op]) => op),
      [],
    );
  },
  "says what the float64 references give"() {
    for (const row of TABLE) if (row.cells !== undefined) assertCells(row, row.cells);
  },
});

onEveryFamily("special values", (engine) => {
  const kernels = new Set<string>();
  return {
    ...Object.fromEntries(
      TABLE.map((row) => [
        nameOf(row),
        async () => {
          engine.onCommand = (command) => {
            if (command.kind === "dispatch") kernels.add(command.kernel.name);
          };
          await check(engine, row).finally(() => (engine.onCommand = undefined));
        },
      ]),
    ),
    "by every kernel that has an activation"() {
      const all = ["biasAdd", ...(engine.family === "subgroup" ? ["taps", "rowsDown", "rowsUp"] : [])];
      assert.equal(
        all.filter((kernel) => !kernels.has(kernel)),
        [],
      );
    },
  };
});
