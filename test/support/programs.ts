// Programs that a page of the documentation shows, with what they print.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as assert from "uvu/assert";

/** A program of a page: its file, its text on the page, and the output that the page shows. */
export interface Program {
  readonly path: string;
  readonly text: string;
  /** "" where none is shown. */
  readonly shown: string;
}

const PROGRAM =
  /^Program: `(examples\/[\w/-]+\.mjs)`(?:(?!^```)[\s\S])*^```js\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm;

/** The programs of a page, in their order. */
export const programsOf = (page: string): readonly Program[] =>
  [...readFileSync(page, "utf8").matchAll(PROGRAM)].map(([, path = "", text = "", shown = ""]) => ({
    path,
    text,
    shown,
  }));

/** Runs a program in a folder and returns what it prints; fails where it does. */
export function runProgram(path: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(path)], { cwd, encoding: "utf8" });
  assert.is(status, 0, `${path}: ${stderr}`);
  return stdout;
}
