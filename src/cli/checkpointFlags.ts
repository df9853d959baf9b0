import { type CheckpointPolicy, DEFAULT_CHECKPOINTS } from "../run/checkpoints.ts";
import { type Flag, integer, UsageError } from "./arguments.ts";

/** The flags of a command that writes checkpoints. */
export const checkpointFlags: {
  readonly checkpoint: Flag<CheckpointPolicy["every"]>;
  readonly keep: Flag<number>;
} = {
  checkpoint: interval(
    "N|Nm",
    `steps between checkpoints, or minutes with an m (default ${sayInterval(DEFAULT_CHECKPOINTS.every)})`,
  ),
  keep: count(
    "N|all",
    `checkpoints that stay while the run goes on (default ${DEFAULT_CHECKPOINTS.keep}); all: for good`,
  ),
};

/** A flag that takes a number of steps, or of minutes with an m. */
function interval(value: string, help: string): Flag<CheckpointPolicy["every"]> {
  return {
    value,
    help,
    parse(given, name) {
      const [, number = "", unit] = /^(\d+(?:\.\d+)?)(m?)$/.exec(given) ?? [];
      const n = Number(number);
      const good = unit === "m" ? n > 0 : Number.isSafeInteger(n) && n > 0 && number !== "";
      if (!good) throw new UsageError(`--${name}: expected steps such as 500 or minutes such as 2m, got ${given}`);
      return unit === "m" ? { minutes: n } : { steps: n };
    },
  };
}

/** A flag that takes a positive count, or "all". */
function count(value: string, help: string): Flag<number> {
  const { parse } = integer(value, help, 1);
  return {
    value,
    help,
    parse: (given, name) => (given === "all" ? Number.POSITIVE_INFINITY : parse(given, name)),
  };
}

function sayInterval(every: CheckpointPolicy["every"]): string {
  return "steps" in every ? String(every.steps) : `${every.minutes}m`;
}
