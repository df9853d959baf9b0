// Moves noise onto a cloud of points: `node dist/transport.js`.
import { runCommand } from "./cli/command.ts";
import { transportCommand } from "./cli/transportCommand.ts";

await runCommand("transport", (signal) => transportCommand(process.argv.slice(2), signal));
