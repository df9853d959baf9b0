// What computes here, and how fast: `node dist/doctor.js`.
import { runCommand } from "./cli/command.ts";
import { doctorCommand } from "./cli/doctorCommand.ts";

await runCommand("doctor", (signal) => doctorCommand(process.argv.slice(2), signal));
