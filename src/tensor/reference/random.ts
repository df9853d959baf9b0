import { powerOfTwo } from "../../math/float64.ts";
import { boxMuller } from "../../math/normal.ts";
import { PURPOSE, philox, words } from "../../math/philox.ts";
import { type Shape, size } from "../shape.ts";
import { EXACT, normalScale, TRANSCENDENTAL } from "./bound.ts";
import { at, type Bound, type OpReference } from "./reference.ts";

/** Distances between neighbouring numbers of 24 bits and of 23 bits. */
const [U24, U23] = [powerOfTwo(-24), powerOfTwo(-23)];

interface Draw {
  readonly shape: Shape;
  readonly seed: number;
  readonly stream: number;
  readonly offset?: number;
}

/** Turns a group of four random words into four values. */
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
  (bits) => bits.map((word) => (word >>> 8) * U24),
  EXACT,
);

export const normal: OpReference<never, Draw> = fill(
  PURPOSE.normal,
  (bits) => {
    const open = bits.map((word) => ((word >>> 9) + 0.5) * U23);
    return [0, 2].flatMap((i) => boxMuller(at(open, i), at(open, i + 1) - 0.5));
  },
  {
    tolerance: TRANSCENDENTAL,
    scale: (i, y) => normalScale(y[i - (i % 2)] ?? 0, y[i - (i % 2) + 1] ?? 0),
  },
);
