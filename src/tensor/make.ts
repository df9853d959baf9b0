// Tensors whose values follow a rule: computed on the host in float64 and rounded once.
import { checkEngine, type Engine, type Tensor } from "./engine.ts";
import { checkShape, type Shape, size } from "./shape.ts";

/**
 * start, start + step, start + 2 · step, … as long as `stop` is not reached, as [count] with
 * count = ⌈(stop − start) / step⌉. RangeError unless there is at least one such number.
 */
export function range(engine: Engine, start: number, stop: number, step = 1): Tensor {
  checkEngine("range", engine);
  const count = Math.ceil((stop - start) / step);
  if (!(count >= 1 && Number.isFinite(count) && Number.isFinite(start))) {
    throw new RangeError(`range: expected numbers from ${start} to before ${stop} in steps of ${step}, got none`);
  }
  return filled(engine, "range", [count], (i) => start + i * step);
}

/**
 * `count` numbers at equal distances from `start` to `stop`, which both belong to them, as [count];
 * `start` alone where `count` is 1. RangeError for ends that are not finite and for another count.
 */
export function linspace(engine: Engine, start: number, stop: number, count: number): Tensor {
  checkEngine("linspace", engine);
  if (!(Number.isFinite(start) && Number.isFinite(stop))) {
    throw new RangeError(`linspace: expected finite ends, got ${start} and ${stop}`);
  }
  const gaps = Math.max(count - 1, 1);
  return filled(engine, "linspace", [count], (i) => start * ((gaps - i) / gaps) + stop * (i / gaps));
}

/** 1 where row and column are equal, else 0, as [rows, columns]. Default: a square. */
export const eye = (engine: Engine, rows: number, columns: number = rows): Tensor =>
  filled(engine, "eye", [rows, columns], (i) => (i % columns === Math.floor(i / columns) ? 1 : 0));

function filled(engine: Engine, op: string, shape: Shape, value: (index: number) => number): Tensor {
  checkEngine(op, engine);
  checkShape(op, shape);
  // First of all, so that what the device cannot hold is refused before the host fills it.
  const tensor = engine.empty(shape);
  engine.write(
    tensor,
    Float32Array.from({ length: size(shape) }, (_, i) => value(i)),
  );
  return tensor;
}
