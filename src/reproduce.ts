// Every claim put to the test: `node dist/reproduce.js`.

import { runCommand } from "./cli/command.ts";
import { reproduceCommand } from "./cli/reproduceCommand.ts";

await runCommand("reproduce", (interrupted) => reproduceCommand(process.argv.slice(2), interrupted));
