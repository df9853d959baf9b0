// Text to bytes and back by the Encoding Standard. Every runtime has its two classes, but the types
// of the language alone do not, so those of their members that are used here are declared.
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
declare const TextDecoder: new (
  label: "utf-8",
  options: { readonly fatal: boolean; readonly ignoreBOM?: boolean },
) => { decode(bytes: Uint8Array): string };

/** The bytes of a text in UTF-8. */
export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** The text of bytes in UTF-8; where it is none, U+FFFD stands for each wrong sequence. */
export const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder("utf-8", { fatal: false }).decode(bytes);

/**
 * The text of bytes in UTF-8. TypeError where it is none. A byte order mark is left out, unless
 * `ignoreBOM` says that it is a character like others.
 */
export const decodeStrictUtf8 = (bytes: Uint8Array, ignoreBOM = false): string =>
  new TextDecoder("utf-8", { fatal: true, ignoreBOM }).decode(bytes);
