import type { Extended } from "../../ot/extension/rule.ts";

/** Arrays of one kind, one after the other; a single one as it is. */
export function concatenated<A extends Float32Array | Uint32Array | Int32Array>(
  Kind: new (length: number) => A,
  arrays: readonly A[],
): A {
  const [only] = arrays;
  if (arrays.length === 1 && only !== undefined) return only;
  const all = new Kind(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of arrays) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

/** The codes of consecutive draws as one. */
export function joined(parts: readonly Extended[]): Extended {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const starts: number[] = [];
  let [count, extended] = [0, 0];
  for (const { index, share } of parts) {
    starts.push(count);
    count += index.length;
    extended += share * index.length;
  }
  return {
    latents: concatenated<Float32Array<ArrayBuffer>>(
      Float32Array,
      parts.map(({ latents }) => latents),
    ),
    index: concatenated<Uint32Array<ArrayBuffer>>(
      Uint32Array,
      parts.map(({ index }) => index),
    ),
    partner: concatenated<Int32Array<ArrayBuffer>>(
      Int32Array,
      parts.map(({ partner }) => partner),
    ),
    weight: concatenated<Float32Array<ArrayBuffer>>(
      Float32Array,
      parts.map(({ weight }) => weight),
    ),
    angle: concatenated<Float32Array<ArrayBuffer>>(
      Float32Array,
      parts.map(({ angle }) => angle),
    ),
    share: extended / count,
    rejected: Uint32Array.from(
      parts.flatMap(({ rejected }, p) => Array.from(rejected, (m) => (starts[p] as number) + m)),
    ),
  };
}
