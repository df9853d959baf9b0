/** Numbers of which it is not known how many there will be. */
export interface GrowingFloat64 {
  readonly length: number;
  push(value: number): void;
  /** All numbers in one array. */
  toArray(): Float64Array<ArrayBuffer>;
}

/** Greatest length of a block: what it leaves unused is little beside many blocks. */
const LARGEST_BLOCK = 131_072;

/**
 * Keeps numbers in blocks, each as long as all before it up to 2¹⁷, so that n numbers take little
 * more than 8n bytes, and 16n while they are put into one array.
 */
export function growingFloat64(): GrowingFloat64 {
  const full: Float64Array<ArrayBuffer>[] = [];
  let before = 0;
  let block = new Float64Array(64);
  let used = 0;
  return {
    get length() {
      return before + used;
    },
    push(value) {
      if (used === block.length) {
        full.push(block);
        before += used;
        block = new Float64Array(Math.min(before, LARGEST_BLOCK));
        used = 0;
      }
      block[used++] = value;
    },
    toArray() {
      const all = new Float64Array(before + used);
      let at = 0;
      for (const part of full) {
        all.set(part, at);
        at += part.length;
      }
      all.set(block.subarray(0, used), at);
      return all;
    },
  };
}
