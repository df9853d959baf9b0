import { PURPOSE, philox, words } from "../../math/philox.ts";
import { type Shape, size } from "../shape.ts";
import { EXACT, normalScale, TRANSCENDENTAL } from "./bound.ts";
import { at, type Bound, type OpReference } from "./reference.ts";

interface Draw {
  readonly shape: Shape;
  readonly seed: number;
  readonly stream: number;
  readonly offset?: number;
}

/** The four values that a group of four words becomes. */
type Distribution = (bits: readonly number[]) => number[];

const fill = (purpose: number, distribution: Distribution, bound: Bound): OpReference<never, Draw> => ({
  kernels: ["random"],
  reference(_inputs, { shape, seed, stream, offset = 0 }) {
    const groups = Array.from({ length: Math.ceil(size(shape) / 4) }, (_, g) =>
      distribution(philox([...words("random", "offset", offset + g), stream, purpose], words("random", "seed", seed))),
    );
    return Float64Array.from(groups.flat().slice(0, size(shape)));
  },
  bound: () => bound,
});

export const uniform: OpReference<never, Draw> = fill(
  PURPOSE.uniform,
  (bits) => bits.map((word) => (word >>> 8) * 2 ** -24),
  EXACT,
);

export const normal: OpReference<never, Draw> = fill(
  PURPOSE.normal,
  (bits) => {
    const open = bits.map((word) => ((word >>> 9) + 0.5) * 2 ** -23);
    return [0, 2].flatMap((i) => {
      const radius = Math.sqrt(-2 * Math.log(at(open, i)));
      const angle = 2 * Math.PI * (at(open, i + 1) - 0.5);
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
  },
  {
    tolerance: TRANSCENDENTAL,
    scale: (i, y) => normalScale(y[i - (i % 2)] ?? 0, y[i - (i % 2) + 1] ?? 0),
  },
);
