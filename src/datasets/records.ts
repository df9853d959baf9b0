/** Byte records of one size, by number: the pictures of a set as they are stored. */
export interface Records {
  readonly count: number;
  /** Bytes of one record. */
  readonly size: number;
  /**
   * The records with the given numbers, [indices, size], in a fresh array. RangeError for a number
   * that is not a whole one from 0 to `count - 1`; DataError where the file behind them changed.
   */
  read(indices: ArrayLike<number>): Uint8Array<ArrayBuffer>;
}

/** The records that make up `bytes`, which is shared and not copied. */
export function memoryRecords(bytes: Uint8Array, size: number): Records {
  const count = bytes.length / size;
  return {
    count,
    size,
    read(indices) {
      const read = new Uint8Array(indices.length * size);
      for (let b = 0; b < indices.length; b++) {
        const n = numberAt(indices, b, count);
        read.set(bytes.subarray(n * size, (n + 1) * size), b * size);
      }
      return read;
    },
  };
}

/** The number at `place`. RangeError unless it is a whole one from 0 to `count - 1`. */
export function numberAt(indices: ArrayLike<number>, place: number, count: number): number {
  const n = indices[place] as number;
  if (Number.isInteger(n) && n >= 0 && n < count) return n;
  throw new RangeError(`images: expected \`indices\` from 0 to ${count - 1}, got ${n} at position ${place}`);
}
