// The flags of `npm run bench`.
import { parseArgs } from "node:util";
import { Stop } from "./command.mjs";

/**
 * @typedef {{
 *   only: string[], peers: boolean, smoke: boolean, browser: boolean, json: string | null
 * }} BenchOptions
 * @typedef {{
 *   only: string[], json: string | null, revision: string, rounds: number
 * }} AgainstOptions
 * @typedef {{ only: string[], quick: boolean, folder: string }} GrowthOptions
 */

/** The default and the bounds of `--rounds`; see bench/against/ratio.ts. */
const ROUNDS = { default: 20, least: 6, most: 1000 };

export const usage = `npm run bench -- [FLAGS]: checks, then times every hot op beside its peers on this adapter

  --only NAME    only what has NAME in its op, shape or stage; can be given again
  --no-peers     nothing is installed and compared with
  --json FILE    writes the results as a list of records
  --smoke        only checks, on small shapes and without peers
  --browser      ours and the WebGPU peers in one page of Chromium on SwiftShader
  --against REV  compares the working tree with another revision of this
                 repository instead: both are built and run in turns, and each
                 case has the ratio of their times with its 95 % interval
  --rounds N     turns of each revision, ${ROUNDS.least} to ${ROUNDS.most}; default ${ROUNDS.default}
  --growth       how time and memory of each stage grow with targets, dimension,
                 samples, images, batch and side, in bench/growth; a run that
                 was ended goes on with what is left, at most 20 minutes
  --quick        with --growth and --out: a few small sizes, to try it
  --out FOLDER   with --growth: where points.json, growth.svg and RESULTS.md go
  --help, -h     print this

A run without --only, --no-peers, --browser and --growth in which all is right writes bench/RESULTS.md. Exit codes: 0, 1 something is wrong with ours or, with --against, more than 3 % slower, 2 usage.
`;

/**
 * @param {readonly string[]} args
 * @returns {BenchOptions | AgainstOptions | GrowthOptions | null} `null` is a call for help
 */
export function parseFlags(args) {
  const { values } = read(args);
  if (values.help) return null;
  const { only = [], json = null, smoke = false, browser = false } = values;
  for (const name of only) if (name === "") throw new Stop("bench: --only: expected a name, got nothing", 2);
  if (values.growth) return growthOptions(values);
  for (const name of /** @type {const} */ (["quick", "out"])) {
    if (values[name] !== undefined) throw new Stop(`bench: --${name}: expected with --growth, got it alone`, 2);
  }
  if (json === "") throw new Stop("bench: --json: expected a file, got nothing", 2);
  if (smoke && json !== null) throw new Stop("bench: --smoke: expected without --json, since it times nothing", 2);
  if (smoke && browser) throw new Stop("bench: --smoke: expected without --browser, which times a page", 2);
  const { against, rounds } = values;
  if (against === undefined) {
    if (rounds !== undefined) throw new Stop("bench: --rounds: expected with --against, got it alone", 2);
    return { only, peers: !values["no-peers"], smoke, browser, json };
  }
  if (against === "") throw new Stop("bench: --against: expected a revision, got nothing", 2);
  if (smoke) throw new Stop("bench: --against: expected without --smoke, which times nothing", 2);
  if (browser) throw new Stop("bench: --against: expected without --browser, which runs one revision", 2);
  if (values["no-peers"]) throw new Stop("bench: --against: expected without --no-peers, since it runs none", 2);
  return { only, json, revision: against, rounds: readRounds(rounds) };
}

/** @param {ReturnType<typeof read>["values"]} values @returns {GrowthOptions} */
function growthOptions({ growth: _, only = [], quick = false, out, ...others }) {
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Stop(`bench: --${other}: expected without --growth, which measures by itself`, 2);
  if (out === "") throw new Stop("bench: --out: expected a folder, got nothing", 2);
  if (quick && out === undefined) throw new Stop("bench: --quick: expected with --out, since it tells of no growth", 2);
  return { only, quick, folder: out ?? "bench/growth" };
}

/** @param {string | undefined} text */
function readRounds(text = String(ROUNDS.default)) {
  const rounds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (rounds >= ROUNDS.least && rounds <= ROUNDS.most) return rounds;
  throw new Stop(`bench: --rounds: expected an integer from ${ROUNDS.least} to ${ROUNDS.most}, got ${text}`, 2);
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
        against: { type: "string" },
        rounds: { type: "string" },
        smoke: { type: "boolean" },
        browser: { type: "boolean" },
        growth: { type: "boolean" },
        quick: { type: "boolean" },
        out: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // Node's message continues with advice, which is left out.
    const [sentence = ""] = /** @type {Error} */ (error).message.split(/\.? *\n|\. /);
    throw new Stop(`bench: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`, 2);
  }
}

/**
 * The arguments with which Node runs the compiled bench.
 * @param {BenchOptions | GrowthOptions} options
 */
export function benchArguments(options) {
  if ("folder" in options) {
    return ["--enable-source-maps", ".test-build/bench/growth/main.js", JSON.stringify(options)];
  }
  const { browser, ...rest } = options;
  return ["--enable-source-maps", `.test-build/bench/${browser ? "browser/" : ""}main.js`, JSON.stringify(rest)];
}

/**
 * The arguments with which Node compares with a revision that is built in `folder`.
 * @param {AgainstOptions} options
 * @param {string} ours a description of the working tree
 * @param {import("./checkout.mjs").Revision} revision
 * @param {string} folder
 */
export function againstArguments({ only, json, rounds }, ours, { name, title }, folder) {
  const options = { only, json, rounds, ours, theirs: { name, title, folder } };
  return ["--enable-source-maps", ".test-build/bench/against/main.js", JSON.stringify(options)];
}
