/** What the core needs of V8's `Error`, whose stacks are else too short to leave this library. */
const Stacks = Error as ErrorConstructor & { stackTraceLimit?: number };

/**
 * The innermost line of the stack outside of this library, such as `main (file:///a/b.js:3:7)`; its
 * last line where all of it is in one file, as in a bundle.
 */
export function callerLine(): string {
  const { stackTraceLimit } = Stacks;
  Stacks.stackTraceLimit = 100;
  const lines = (new Error().stack ?? "").split("\n").filter((line) => /:\d+:\d+/.test(line));
  if (stackTraceLimit !== undefined) Stacks.stackTraceLimit = stackTraceLimit;
  // The first line is that of this function; its folder stands in the library's.
  const [, library] = /(?:\(|@|at )([^(@]+[\\/])kernels[\\/]trace\.\w+:/.exec(lines[0] ?? "") ?? [];
  const outside = library === undefined ? undefined : lines.find((line) => !line.includes(library));
  return (outside ?? lines.at(-1) ?? "").trim().replace(/^at /, "");
}
