// Draws pictures from a finished run: `node dist/generate.js`.

import { runCommand } from "./cli/command.ts";
import { generateCommand } from "./cli/generateCommand.ts";

await runCommand("generate", (signal) => generateCommand(process.argv.slice(2), signal));
