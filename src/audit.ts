// Reads the record of a run: `node dist/audit.js`.
import { auditCommand } from "./cli/auditCommand.ts";
import { runCommand } from "./cli/command.ts";

await runCommand("audit", (signal) =>
  auditCommand(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`), signal),
);
