import { AdapterError } from "../adapter/openGpu.ts";
import { DataError } from "../formats/error.ts";
import { UsageError } from "./arguments.ts";
import { watchOutput } from "./output.ts";

/**
 * The reason of a signal that was aborted because the user pressed Ctrl-C, or the process was asked
 * to end.
 */
export class Interrupted extends Error {
  readonly signal: "SIGINT" | "SIGTERM";
  constructor(signal: "SIGINT" | "SIGTERM") {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/**
 * Thrown when the work was done and written, but did not reach what was asked for; the exit code is
 * 1.
 */
export class ShortfallError extends Error {}

/** Exit codes after signals: 128 plus the signal's number. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

const CODES = [
  [UsageError, 2],
  [AdapterError, 3],
  [DataError, 4],
] as const;

/**
 * Runs a command and ends the process with its exit code: 0 for success, 2 for wrong usage, 3
 * without an adapter, 4 for wrong or missing data, 130 and 143 after SIGINT and SIGTERM, and 1 for
 * any other error. An error is printed as one clear line (BRENIER_DEBUG adds the stack). SIGINT and
 * SIGTERM abort the signal that `main` gets, with an `Interrupted` as the reason; long work checks
 * it between its steps. A second Ctrl-C, a second after the first, ends at once.
 */
export async function runCommand(name: string, main: (signal: AbortSignal) => Promise<void>): Promise<never> {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (came: "SIGINT" | "SIGTERM"): void => {
    // A terminal and a parent process may both deliver the same Ctrl-C, so only a later one counts
    // as a second.
    if (controller.signal.aborted && Date.now() - first > 1000) process.exit(EXIT_CODES[came]);
    if (controller.signal.aborted) return;
    first = Date.now();
    controller.abort(new Interrupted(came));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const written = watchOutput();
  try {
    await main(controller.signal);
    await written();
    return process.exit(0);
  } catch (error) {
    return process.exit(report(name, error));
  }
}

function report(name: string, error: unknown): number {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K"); // clears the progress line
  if (error instanceof Interrupted) {
    process.stderr.write(`${name}: ${error.message}\n`);
    return EXIT_CODES[error.signal];
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? "; see --help" : "";
  process.stderr.write(`${name}: ${message}${hint}\n`);
  if (process.env["BRENIER_DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return CODES.find(([kind]) => error instanceof kind)?.[1] ?? 1;
}
