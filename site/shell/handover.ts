/** A file that one chapter hands to the next, such as a generator that was trained. */
export interface Handover {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

let kept: Handover | undefined;

export function handOver(file: Handover): void {
  kept = file;
}

/** What was handed over last. */
export const handedOver = (): Handover | undefined => kept;
