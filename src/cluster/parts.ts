/** Bytes in parts that are not copied into one. */
export class Parts {
  readonly length: number;
  readonly #parts: readonly Uint8Array[];

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
    this.length = parts.reduce((sum, part) => sum + part.length, 0);
  }

  /** Bytes `from` to `to`: a view where they lie in one part. */
  subarray(from: number, to: number): Uint8Array {
    const found: Uint8Array[] = [];
    let at = 0;
    for (const part of this.#parts) {
      const piece = part.subarray(Math.max(0, from - at), Math.max(0, to - at));
      if (piece.length > 0) found.push(piece);
      at += part.length;
    }
    return joined(found);
  }
}

/** All bytes in one; those of a single part are not copied. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
