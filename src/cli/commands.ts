import { readFileSync } from "node:fs";
import { packageFile } from "../adapter/versions.ts";
import { UsageError } from "./arguments.ts";

/** All commands by name, each of them a file of dist/, with what it does. */
export const COMMANDS: Readonly<Record<string, string>> = {
  train: "train an autoencoder, solve the transport onto its codes, and draw",
  generate: "draw pictures from a finished run",
  transport: "move noise onto a cloud of points",
  worker: "count for transports on other machines",
  data: "fetch, verify and prepare data sets",
  doctor: "what computes here, and how fast",
  audit: "read, verify and compare the records of runs",
  reproduce: "put every claim of RESULTS.md to the test",
};

const usage = (): string => {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const rows = Object.entries(COMMANDS).map(([name, does]) => `  ${name.padEnd(width)}  ${does}\n`);
  return `usage: brenier COMMAND [arguments]

commands
${rows.join("")}
\`brenier COMMAND --help\` tells more of each; \`brenier --version\` prints the version.
`;
};

/**
 * What `brenier` prints where its first argument is no command: the usage, or the version.
 * UsageError for anything else.
 */
export function withoutCommand([first, ...rest]: readonly string[]): string {
  if (rest.length === 0 && (first === "--help" || first === "-h")) return usage();
  if (rest.length === 0 && first === "--version") return `${version()}\n`;
  const names = Object.keys(COMMANDS).join(", ");
  throw new UsageError(
    `expected a command among ${names}, got ${first === undefined ? "none" : JSON.stringify(first)}`,
  );
}

const version = (): string =>
  (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { readonly version: string }).version;
