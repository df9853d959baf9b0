import { DataError } from "./error.ts";

/** An intact file of another format, or of another version of it: see `checkFormat`. */
export class FormatError extends DataError {}

/** Advice for an error about a file of another format than that of a finished run. */
export const FORMAT_ADVICE = "choose a finished run, or the version of brenier that wrote it";

/** Formats that are no longer read, each with the last version of brenier that wrote it. */
const WRITTEN_BY: Readonly<Record<string, string>> = {
  "brenier.audit.1": "0.1.0",
  "brenier.checkpoint.2": "0.1.0",
  "brenier.checkpoint.3": "0.2.0",
  "brenier.state.1": "0.1.0",
};

/**
 * Every file that brenier writes names its format and the number of its version, such as
 * `brenier.checkpoint.5`. The number rises when older readers would misread the file.
 *
 * @param path what the error calls the file.
 * @param advice what to do about a file of another format.
 * @throws FormatError naming both formats.
 */
export function checkFormat(path: string, expected: string, got: unknown, advice: string): void {
  if (got === expected) return;
  const name = typeof got === "string" ? got : "none";
  const version = Object.hasOwn(WRITTEN_BY, name) ? ` of brenier ${WRITTEN_BY[name]}` : "";
  throw new FormatError(`${path}: expected the format ${expected}, got ${name}${version}; ${advice}`);
}
