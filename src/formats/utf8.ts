// Conversion between text and UTF-8 by the Encoding Standard. Every runtime has its two classes,
// but they are not among the types of the language itself, so the members used here are declared.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: "utf-8",
  options: { readonly fatal: boolean; readonly ignoreBOM?: boolean },
) => { decode(bytes?: Uint8Array, options?: { readonly stream: boolean }): string };

/** Encodes a text in UTF-8. */
export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Decodes UTF-8; U+FFFD stands for each invalid sequence. */
export const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: false }).decode(bytes);

/**
 * Decodes UTF-8. TypeError for an invalid sequence. A byte order mark is dropped, unless
 * `ignoreBOM` is set: then it is a character like others.
 */
export const decodeStrictUtf8 = (bytes: Uint8Array, ignoreBOM = false): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM }).decode(bytes);

/**
 * Decodes UTF-8 that comes in pieces, which may be cut anywhere: each call returns the text of the
 * characters that end in its piece, and a call without one ends the text. TypeError for an invalid
 * sequence; a byte order mark at the very start is dropped.
 */
export function strictUtf8Stream(): (piece?: Uint8Array) => string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return (piece) => (piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true }));
}
