// Every claim put to the test: `node dist/reproduce.js`.

import { runCommand } from "./cli/command.ts";
import { reproduceCommand } from "./cli/reproduceCommand.ts";

await runCommand("reproduce", (signal) => reproduceCommand(process.argv.slice(2), signal));
