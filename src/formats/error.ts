/** Greatest length of a message in characters: a hostile file must not fill the terminal. */
const LONGEST = 1500;

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
    super(shorten(message).replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, escaped), options);
  }
}

function shorten(message: string): string {
  if (message.length <= LONGEST) return message;
  return `${message.slice(0, LONGEST - 500)}…${message.slice(-400)}`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
