// The library is a guest in its caller's process: it ends nothing, prints nothing, and its errors
// are values.
import { fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { equal, is, match, not, ok } from "uvu/assert";
import { describe } from "../support/suite.ts";
import type { Outcome } from "./misuse.ts";

/**
 * Sources without comments and texts. src/cli and the entries beside index.ts and node.ts are
 * commands: they may do it all.
 */
const library = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts") && !path.startsWith("cli/"))
  .filter((path) => path.includes("/") || path === "index.ts" || path === "node.ts")
  .map((path) => ({ path, text: readFileSync(`src/${path}`, "utf8") }))
  .map(({ path, text }) => ({
    path,
    imports: [...text.matchAll(/(?:from|import) ?\(?"([^"]+)"/g)].map(([, name]) => name),
    code: text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\.|[^"\\\n])*"/g, ""),
  }));

describe("library", {
  // kill(pid, 0) asks whether a process is alive, and sends nothing
  "nothing outside the commands ends the process, prints, or listens for what nobody caught": () => {
    ok(library.length > 80, `expected the library's sources, got ${library.length}`);
    for (const { path, code, imports } of library) {
      not.match(code, /\bconsole\b/, `src/${path}`);
      not.match(
        code,
        /\bprocess\s*\.\s*(exit|exitCode|abort|kill(?!\(pid, 0\))|reallyExit|stdout|stderr|emitWarning)\b/,
        `src/${path}`,
      );
      not.match(code, /\bprocess\s*\.\s*on\b|\buncaughtException\b|\bunhandledRejection\b/, `src/${path}`);
      for (const name of ["node:process", "node:console", "node:worker_threads", "node:vm"]) {
        not.ok(imports.includes(name), `src/${path} imports ${name}`);
      }
    }
  },

  async "a process that uses it wrongly catches every error, and says and leaves nothing"() {
    const child = fork(fileURLToPath(new URL("./misuse.js", import.meta.url)), { silent: true });
    let [out, err] = ["", ""];
    let outcomes: readonly Outcome[] = [];
    child.stdout?.on("data", (text) => {
      out += text;
    });
    child.stderr?.on("data", (text) => {
      err += text;
    });
    child.on("message", (message) => {
      outcomes = message as Outcome[];
    });
    const ending = await new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
    const said = (text: string) => text.replace(/^Warning: max.*\n/gm, "");
    is(said(out), "", "stdout");
    is(said(err), "", "stderr");
    is(ending, 0);
    ok(outcomes.length >= 30, `expected the outcomes of the misuses, got ${outcomes.length}`);
    equal(
      outcomes.map(({ name, kind }) => `${name}: ${kind}`),
      outcomes.map(({ name, documented }) => `${name}: ${documented}`),
    );
    for (const { name, kind, message } of outcomes) {
      if (kind === "nothing" || message === "mine") continue;
      match(message, /^[\w.]+( #\d+)?: ./, name);
    }
  },
});
