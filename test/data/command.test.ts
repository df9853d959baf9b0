import { is, match } from "uvu/assert";
import { dataCommand } from "../../src/data/command.ts";
import { describe } from "../support/suite.ts";
import { inFolder } from "./fixture.ts";

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await dataCommand(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

describe("data command", {
  "--help prints the usage": async () => {
    const { code, out, err } = await run("--help");
    is(code, 0);
    match(out, /^usage: node dist\/data\.js COMMAND NAME/);
    is(err, "");
  },
  "wrong usage is one line and exit 2": async () => {
    const cases: readonly (readonly [args: string[], message: RegExp])[] = [
      [[], /^data: expected a command fetch, verify or show, got none; see --help\n$/],
      [["get", "mnist"], /got get; see --help\n$/],
      [["fetch"], /^data: expected a name mnist, got none;/],
      [["fetch", "cifar"], /got cifar;/],
      [["fetch", "mnist", "more"], /^data: expected one name, got more too;/],
      [["fetch", "mnist", "--die", "x"], /^data: unknown option '--die'; see --help\n$/],
      [["fetch", "mnist", "--dir"], /^data: option '--dir <value>' argument missing; see --help\n$/],
      [["fetch", "mnist", "--dir="], /^data: expected a folder after --dir, got nothing;/],
      [["fetch", "mnist", "--dir", "--help"], /^data: option '--dir' argument is ambiguous; see --help\n$/],
    ];
    for (const [args, message] of cases) {
      const { code, out, err } = await run(...args);
      is(code, 2);
      match(err, message);
      is(out, "");
    }
  },
  "missing data is exit 4": () =>
    inFolder(async (folder) => {
      for (const command of ["verify", "show"]) {
        const { code, err } = await run(command, "mnist", "--dir", folder);
        is(code, 4);
        match(err, /train-images-idx3-ubyte.*run `node dist\/data\.js fetch mnist --dir .*`\n$/);
      }
    }),
});
