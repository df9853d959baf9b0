/** Greatest length of a message in characters: a hostile file must not fill the terminal. */
const LONGEST = 1500;

/** Greatest length of a piece of a file in a message, in characters. */
const LONGEST_QUOTE = 40;

/**
 * Something is wrong with the user's data: a file that is missing, truncated, hostile or not what
 * its name says. A command that meets it prints the message, which names the file, and exits with
 * code 4.
 *
 * The message is one line whatever it quotes: control characters, which would reach a terminal, are
 * escaped as in JSON, and the middle of a long message is left out.
 */
export class DataError extends Error {
  override readonly name: string = "DataError";

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message.length <= LONGEST ? message : shorten(message, LONGEST - 500, 400)), options);
  }
}

/** The text with control characters escaped as in JSON, so that a terminal shows it in one line. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escaped);
}

/**
 * A piece of a file as messages quote it: in double quotes, in one line, and without its middle
 * where it has more than 40 characters.
 */
export function quoted(piece: string): string {
  return oneLine(`"${piece.length <= LONGEST_QUOTE ? piece : shorten(piece, LONGEST_QUOTE - 10, 9)}"`);
}

function shorten(text: string, first: number, last: number): string {
  return `${text.slice(0, first)}…${text.slice(-last)}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
