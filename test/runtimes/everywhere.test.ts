// The same numbers in Node, Bun, Deno, Chromium and Firefox, in pages and workers, by `openGpu` of
// each: the ring of README, a short training, and drawn pictures.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { inBrowser } from "./browsers.ts";
import { BUN, DENO } from "./programs.ts";
import type { Outcome } from "./workload.ts";

/** What `remote` does in each runtime. */
const REMOTE = ["computes", "cancels", "isOutOfOrder", "ends", "reopens"];

const built = join(process.cwd(), ".test-build");
const PROGRAM = join(built, "test/runtimes/program.js");

/** What a page posts. */
interface Posted {
  readonly page: Outcome;
  readonly worker: Outcome;
  readonly remote: readonly string[];
}

/** What a program that is no browser computes. */
const inProgram = <T = Outcome>(command: string, ...args: readonly string[]): T =>
  JSON.parse(execFileSync(command, args, { encoding: "utf8", stdio: "pipe" }).split("\n").at(-2) ?? "");

const expected = {
  subgroup: inProgram(process.execPath, PROGRAM, "subgroup"),
  portable: inProgram(process.execPath, PROGRAM, "portable"),
};

/** Asserts that an outcome has the bits of Node's with the same kernels. */
function same(name: string, { heights, counts, losses, pictures, ...rest }: Outcome): void {
  const family = rest.family as keyof typeof expected;
  const other = expected[family];
  assert.equal(
    { heights, counts, losses, pictures },
    {
      heights: other.heights,
      counts: other.counts,
      losses: other.losses,
      pictures: other.pictures,
    },
    `${name}, ${family}`,
  );
}

/** Asserts that an outcome has Node's numbers up to rounding. */
function close(name: string, outcome: Outcome): void {
  const node = expected.portable;
  const within = (what: "heights" | "losses" | "pictures", bound: (value: number) => number): void => {
    assert.is(outcome[what].length, node[what].length, `${name}: ${what}`);
    for (const [i, value] of node[what].entries()) {
      const got = outcome[what][i] as number;
      assert.ok(Math.abs(got - value) <= bound(value), `${name}: ${what} ${i}: expected ${value}, got ${got}`);
    }
  };
  within("heights", () => 5e-4);
  // Rounding grows from step to step, but the first loss has seen no step.
  within("losses", (loss) => 0.02 * loss);
  assert.ok(Math.abs((outcome.losses[0] as number) / (node.losses[0] as number) - 1) <= 1e-5, name);
  within("pictures", () => 1);
}

describe("the core elsewhere", {
  "computes in Node what it should"() {
    const { heights, counts, losses, pictures } = expected.portable;
    assert.equal([heights.length, losses.length, pictures.length], [8, 20, 16 * 144]);
    for (const [i, count] of counts.entries())
      assert.ok(Math.abs(count / 1e5 - (i === 0 ? 3 : 1)) <= 0.02, `${counts}`);
    assert.ok((losses[19] as number) <= 0.6 * (losses[0] as number), `${losses}`);
    assert.ok(new Set(pictures).size > 10, "pictures have shades");
    assert.equal([expected.subgroup.heights, expected.subgroup.counts], [heights, counts]);
  },

  "in Bun"() {
    for (const family of ["subgroup", "portable"]) same("Bun", inProgram(BUN, PROGRAM, family));
    assert.equal(inProgram(BUN, PROGRAM, "remote"), REMOTE);
  },

  "in Deno, on wgpu"() {
    const args = ["run", "--allow-all", "--no-lock", PROGRAM];
    const outcome = inProgram(DENO, ...args);
    assert.is(outcome.family, "portable");
    same("Deno", outcome);
    assert.equal(inProgram(DENO, ...args, "remote"), REMOTE);
  },

  async "in Firefox, on wgpu, in a page and in a worker"() {
    const posted = (await inBrowser("firefox", { "/": built }, "/test/runtimes/page/")) as Posted;
    for (const where of ["page", "worker"] as const) same(`Firefox, ${where}`, posted[where]);
    assert.equal(posted.remote, REMOTE);
  },

  async "in Chromium, on SwiftShader, in a page and in a worker"() {
    const posted = (await inBrowser("chromium", { "/": built }, "/test/runtimes/page/")) as Posted;
    for (const where of ["page", "worker"] as const) close(`Chromium, ${where}`, posted[where]);
    assert.equal(posted.remote, REMOTE);
  },
});
