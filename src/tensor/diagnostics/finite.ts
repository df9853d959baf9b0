import type { BufferRef } from "../../kernels/command.ts";
import { sweep } from "../../kernels/grid.ts";
import { finite as kernel } from "../../kernels/shaders.generated.ts";
import type { Engine, Tensor } from "../engine.ts";
import { format, indicesOf, type Shape, size } from "../shape.ts";

/** Values that are NaN or infinite, at the op where they occurred first. */
export interface NonFinite {
  /** The op that made them, or `input` for a tensor that none of the observed ops made. */
  readonly op: string;
  readonly shape: Shape;
  /** Index of the first one in row-major order, and how many there are. */
  readonly index: number;
  readonly count: number;
  /** For `input`: the name of the input and of the op that read it. */
  readonly reader?: { readonly op: string; readonly name: string };
}

interface Watched {
  readonly found: Omit<NonFinite, "index" | "count">;
  readonly slot: number;
}

const SLOTS = 1024; // in one buffer of findings

/**
 * Runs `f` and tests every tensor that an op reads or makes, by its bits and right at that op:
 * comparisons do not see NaN, and an op may hide it from later ones. Undefined when all values were
 * finite; otherwise the first finding in the order of the ops. It adds one small dispatch for each
 * tensor; what `f` computes does not change.
 */
export async function firstNonFinite(engine: Engine, f: () => unknown): Promise<NonFinite | undefined> {
  const tables: BufferRef[] = [];
  const watched: Watched[] = [];
  // ids of buffers that were made or tested: ids are never used again
  const seen = new Set<number>();
  const test = (x: Tensor, found: Watched["found"]): void => {
    const slot = watched.length % SLOTS;
    if (slot === 0) {
      const table = engine.allocate("finite", 8 * SLOTS);
      engine.upload(
        table,
        Uint32Array.from({ length: 2 * SLOTS }, (_, i) => (i % 2 === 0 ? 0xffffffff : 0)),
      );
      tables.push(table);
    }
    watched.push({ found, slot });
    const count = size(x.shape);
    const { WORKGROUP_SIZE, chunk, workgroups } = sweep(engine.family, count);
    const buffers = { x: x.buffer, y: tables.at(-1) as BufferRef };
    engine.dispatch({
      op: "finite",
      kernel,
      constants: { WORKGROUP_SIZE },
      buffers,
      params: { count, chunk, slot },
      workgroups,
    });
  };
  try {
    engine.listen(({ name: op, inputs, output }) => {
      for (const [name, x] of Object.entries(inputs)) {
        // views share a buffer, and are tested each time
        if (seen.has(x.buffer.id) && x.buffer.offset === 0) continue;
        test(x, { op: "input", shape: x.shape, reader: { op, name } });
        seen.add(x.buffer.id);
      }
      if (op === "reshape") return;
      test(output, { op, shape: output.shape });
      seen.add(output.buffer.id);
    }, f);
    const findings: Uint32Array[] = [];
    for (const table of tables) findings.push(new Uint32Array(await engine.download(table)));
    for (const [i, { found, slot }] of watched.entries()) {
      const table = findings[Math.floor(i / SLOTS)] as Uint32Array;
      const count = table[2 * slot + 1] as number;
      if (count > 0) return { ...found, index: table[2 * slot] as number, count };
    }
    return undefined;
  } finally {
    for (const table of tables) engine.release(table);
  }
}

/** The finding as one line of text. */
export function describeNonFinite({ op, shape, index, count, reader }: NonFinite): string {
  const where = `${count} of ${size(shape)} values, the first at ${format(indicesOf(index, shape))}`;
  return reader === undefined
    ? `\`${op}\` made NaN or infinite values in its output ${format(shape)}: ${where}`
    : `\`${reader.op}\` read NaN or infinite values in its input \`${reader.name}\` ${format(shape)}: ${where}`;
}
