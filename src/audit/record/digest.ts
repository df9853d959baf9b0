import { sha256 } from "../../files/sha256.ts";
import type { Dtype } from "../../kernels/kernel.ts";
import type { Digest } from "./record.ts";

const ALL = 16; // buffers of up to so many values are listed in full
const SOME = 8; // number of listed values of longer buffers

/**
 * The digest of a buffer's contents. Where some values are undefined, `written` tells which values
 * count; the others are replaced by zeros in the hash.
 */
export function digestOf(bytes: ArrayBuffer, dtype: Dtype, written?: (index: number) => boolean): Digest {
  const bits = new Uint32Array(bytes, 0, bytes.byteLength >> 2);
  if (written !== undefined) for (let i = 0; i < bits.length; i++) if (!written(i)) bits[i] = 0;
  const values = dtype === "u32" ? bits : new Float32Array(bits.buffer, 0, bits.length);
  let [nan, inf, count, sum] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < bits.length; i++) {
    if (written !== undefined && !written(i)) continue;
    const word = bits[i] as number;
    if (dtype === "f32" && (word & 0x7f800000) === 0x7f800000) {
      if ((word & 0x7fffff) === 0) inf++;
      else nan++;
      continue;
    }
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count++;
  }
  const wanted = bits.length <= ALL ? bits.length : SOME;
  const listed = Array.from({ length: wanted }, (_, k) => {
    const i = Math.floor((k * bits.length) / wanted);
    const value = values[i] as number;
    return [i, Number.isFinite(value) ? value : String(value)] as const;
  });
  const some = count > 0;
  return {
    sha256: sha256(new Uint8Array(bytes)),
    min: some ? min : null,
    max: some ? max : null,
    mean: some ? sum / count : null,
    nan,
    inf,
    values: listed,
  };
}
