/**
 * Something is wrong with the user's data: a file that is missing, torn, hostile or not what its name says.
 * A command that meets it prints the message, which names the file, and exits with code 4.
 */
export class DataError extends Error {
  override readonly name: string = "DataError";
}
