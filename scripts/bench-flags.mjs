// The flags of `npm run bench`.
import { parseArgs } from "node:util";
import { Stop } from "./command.mjs";

/**
 * @typedef {{ only: string[], peers: boolean, smoke: boolean, json: string | null }} BenchOptions
 */

export const usage = `npm run bench -- [FLAGS]: checks, then times every hot op beside its peers on this adapter

  --only NAME    only what has NAME in its op or shape; can be given again
  --no-peers     nothing is installed and compared with
  --json FILE    writes the results as a list of records
  --smoke        only checks, on small shapes and without peers
  --help, -h     print this

A run without --only and --no-peers in which all is right writes bench/RESULTS.md. Exit codes: 0, 1 something is wrong with ours, 2 usage.
`;

/**
 * @param {readonly string[]} args
 * @returns {BenchOptions | null} `null` is a call for help
 */
export function parseFlags(args) {
  const { values } = read(args);
  if (values.help) return null;
  const { only = [], json = null, smoke = false } = values;
  for (const name of only) if (name === "") throw new Stop("bench: --only: expected a name, got nothing", 2);
  if (json === "") throw new Stop("bench: --json: expected a file, got nothing", 2);
  if (smoke && json !== null) throw new Stop("bench: --smoke: expected without --json, since it times nothing", 2);
  return { only, peers: !values["no-peers"], smoke, json };
}

/** @param {readonly string[]} args */
function read(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: "string", multiple: true },
        "no-peers": { type: "boolean" },
        json: { type: "string" },
        smoke: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // Node goes on with advice
    const [sentence = ""] = /** @type {Error} */ (error).message.split(/\.? *\n|\. /);
    throw new Stop(`bench: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`, 2);
  }
}

/**
 * What Node is given to run the compiled bench.
 * @param {BenchOptions} options
 */
export function benchArguments(options) {
  return ["--enable-source-maps", ".test-build/bench/main.js", JSON.stringify(options)];
}
