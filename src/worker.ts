// Counts for runs on other machines: `node dist/worker.js`.
import { runCommand } from "./cli/command.ts";
import { workerCommand } from "./cli/workerCommand.ts";

await runCommand("worker", (signal) => workerCommand(process.argv.slice(2), signal));
