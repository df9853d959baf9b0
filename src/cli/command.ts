import { inspect } from "node:util";
import { EnvironmentError } from "../adapter/choice.ts";
import { AdapterError } from "../adapter/opened.ts";
import { MissingPackageError } from "../files/optionalPackage.ts";
import { DataError, oneLine as escapeControls } from "../formats/error.ts";
import { oneLine } from "../kernels/oneLine.ts";
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
  [EnvironmentError, 2],
  [MissingPackageError, 2],
  [AdapterError, 3],
  [DataError, 4],
] as const;

/**
 * Runs a command and ends the process with its exit code: 0 for success, 2 for wrong usage, 3
 * without an adapter, 4 for wrong or missing data, 130 and 143 after SIGINT and SIGTERM, and 1 for
 * any other error. An error is printed as one clear line; --verbose, which all commands know, adds
 * the rest of a longer message, the causes and the stack. SIGINT and SIGTERM abort the signal that
 * `main` gets, with an `Interrupted` as the reason; long work checks it between its steps. A second
 * Ctrl-C, a second after the first, ends at once.
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

/**
 * Whether an error or one of its causes has more than one line. A DataError says all in its own.
 */
function isLong(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DataError) return false;
  return oneLine(error.message) !== error.message.trim() || isLong(error.cause);
}

function report(name: string, error: unknown): number {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K"); // clears the progress line
  if (error instanceof Interrupted) {
    process.stderr.write(`${name}: ${error.message}\n`);
    return EXIT_CODES[error.signal];
  }
  const verbose = process.argv.includes("--verbose");
  const hint = error instanceof UsageError ? "; see --help" : isLong(error) && !verbose ? "; --verbose tells more" : "";
  // It may quote what a file or another machine said.
  const message = escapeControls(oneLine(error instanceof Error ? error.message : String(error)));
  // The library may have begun with the same name.
  const prefix = message.startsWith(`${name}: `) ? "" : `${name}: `;
  process.stderr.write(`${prefix}${message}${hint}\n`);
  if (verbose) process.stderr.write(`${inspect(error)}\n`);
  return CODES.find(([kind]) => error instanceof kind)?.[1] ?? 1;
}
