// Fetches and verifies data sets: `node dist/data.js`.
import { runCommand } from "./cli/command.ts";
import { dataCommand } from "./cli/dataCommand.ts";

await runCommand("data", (signal) =>
  dataCommand(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`), signal),
);
