#!/usr/bin/env node
// All commands under one name: `npx brenier train …` is `node dist/train.js …`.
import { runCommand } from "./cli/command.ts";
import { COMMANDS, withoutCommand } from "./cli/commands.ts";

const name = process.argv[2] ?? "";
if (Object.hasOwn(COMMANDS, name)) {
  process.argv.splice(2, 1);
  await import(`./${name}.js`);
} else {
  await runCommand("brenier", async () => {
    process.stdout.write(withoutCommand(process.argv.slice(2)));
  });
}
