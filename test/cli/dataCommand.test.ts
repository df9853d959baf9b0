import { is, match } from "uvu/assert";
import { dataCommand } from "../../src/cli/dataCommand.ts";
import { inFolder } from "../data/fixture.ts";
import { describe } from "../support/suite.ts";

async function run(...args: readonly string[]): Promise<{ out: string; error: string }> {
  let out = "";
  try {
    await dataCommand(args, (line) => {
      out += `${line}\n`;
    });
  } catch (error) {
    return { out, error: `${(error as Error).constructor.name}: ${(error as Error).message}` };
  }
  return { out, error: "" };
}

describe("data command", {
  "--help prints the usage": async () => {
    const { out, error } = await run("--help");
    match(out, /^usage: node dist\/data\.js COMMAND NAME/);
    is(error, "");
  },
  "wrong usage is one line": async () => {
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [[], /^UsageError: expected COMMAND NAME, got none$/],
      [["get", "mnist"], /^UsageError: expected a command fetch, verify or show, got get$/],
      [["fetch"], /^UsageError: expected COMMAND NAME, got fetch$/],
      [["fetch", "cifar"], /^UsageError: expected a name mnist, got cifar$/],
      [["fetch", "mnist", "more"], /got fetch mnist more$/],
      [["fetch", "mnist", "--die", "x"], /^UsageError: unknown option '--die'$/],
      [["fetch", "mnist", "--dir"], /^UsageError: option '--dir <value>' argument missing$/],
      [["fetch", "mnist", "--dir="], /^UsageError: --dir: expected a dir, got nothing$/],
      [["fetch", "mnist", "--dir", "--help"], /^UsageError: option '--dir' argument is ambiguous$/],
    ];
    for (const [args, message] of cases) {
      const { out, error } = await run(...args);
      match(error, message);
      is(out, "");
    }
  },
  "missing data names the file and what to do": () =>
    inFolder(async (folder) => {
      for (const command of ["verify", "show"]) {
        const { error } = await run(command, "mnist", "--dir", folder);
        match(error, /^DataError: .*train-images-idx3-ubyte.*run `node dist\/data\.js fetch mnist --dir .*`$/);
      }
    }),
});
