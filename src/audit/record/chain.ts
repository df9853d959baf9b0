// The hash chain over the commands of a record, and the lines that hold them:
//
//   c₀ = sha256("brenier audit 2"),  c_{n+1} = sha256(c_n ‖ the command as JSON)
//
// A link is 64 hex digits. A line holds the command's JSON, without its outer braces, between what
// the chain leaves out: number and time before it, and nanoseconds on the GPU after it.
import { sha256 } from "../../files/sha256.ts";

/** The chain before any command. */
export const FIRST_LINK: string = sha256("brenier audit 2");

/** The chain after one more command. */
export const nextLink = (link: string, command: string): string => sha256(link + command);

interface Timed {
  /** Number in the chain; undefined for what the chain leaves out. */
  readonly seq: number | undefined;
  readonly at: number;
  /** The JSON of the command without its outer braces. */
  readonly command: string;
  readonly ns: number | undefined;
}

/** The line of a command. */
export function lineOf({ seq, at, command, ns }: Timed): string {
  const number = seq === undefined ? "" : `"seq":${seq},`;
  const time = ns === undefined ? "" : `,"ns":${ns}`;
  return `{${number}"at":${at},${command}${time}}`;
}

/** The JSON of the command in a line that has a number: the inverse of `lineOf`. */
export const commandIn = (line: string): string =>
  line.replace(/^\{"seq":\d+,"at":[^,]*,/, "").replace(/(?:,"ns":[-+.\de]+)?\}$/, "");
