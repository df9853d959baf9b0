// The main job: `node dist/train.js`.
import { runCommand } from "./cli/command.ts";
import { trainCommand } from "./cli/trainCommand.ts";

await runCommand("train", (signal) => trainCommand(process.argv.slice(2), signal));
