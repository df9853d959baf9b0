// The test runner on files that uvu itself would let pass, and the parts of setup that only look.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const script = (name: string) => import(pathToFileURL(join(process.cwd(), "scripts", name)).href);
const [{ requireNode }, { digest }, { judge, runTests }] = await Promise.all([
  script("setup.mjs"),
  script("stamp.mjs"),
  script("run-tests.mjs"),
]);

const passing = 'const test = suite("s"); test("a", () => {}); test("b", () => {}); test.run();';

/** Runs test files with the given bodies, inside of the project so that they find uvu. */
async function run(bodies: Readonly<Record<string, string>>, options = {}) {
  const parent = join(process.cwd(), ".test-build");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "fixture-"));
  for (const [name, body] of Object.entries(bodies)) {
    writeFileSync(join(folder, `${name}.test.js`), `import { suite } from "uvu";\n${body}\n`);
  }
  const lines: string[] = [];
  const say = (text: string) => lines.push(text);
  try {
    return { ...(await runTests({ folder, say, ...options })), log: lines.join("\n") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runOne(body: string, options = {}) {
  const { passed, failed, log } = await run({ only: body }, options);
  return { counts: [passed, failed], log };
}

describe("run-tests", {
  async "adds up the files that pass"() {
    const { passed, failed, log } = await run({ a: passing, b: passing });
    assert.equal([passed, failed], [4, 0]);
    assert.match(log, /ok {4}fixture-\w+\/a\.test\.ts {2}2 passed, 0 failed {2}\d+\.\d s/);
  },
  async "a failing test is counted, with the whole output of its file"() {
    const { counts, log } = await runOne(passing.replace("{}", '{ throw new Error("boom"); }'));
    assert.equal(counts, [1, 1]);
    assert.match(log, "boom");
  },
  async "a file without tests fails"() {
    const { counts, log } = await runOne(passing.replace("test.run()", ""));
    assert.equal(counts, [0, 1]);
    assert.match(log, "expected tests, got none");
  },
  async "a crash fails and is named with its signal, tests that passed before it included"() {
    const crash = 'process.kill(process.pid, "SIGSEGV");';
    const early = await runOne(crash);
    assert.equal(early.counts, [0, 1]);
    assert.match(early.log, "crashed: SIGSEGV");
    const late = await runOne(`${passing} process.on("exit", () => ${crash.slice(0, -1)});`);
    assert.equal(late.counts, [2, 1]);
    assert.match(late.log, "crashed: SIGSEGV");
  },
  async "an end in the middle of the tests fails, with exit code 0 as well"() {
    assert.equal((await runOne(passing.replace("{}", "process.exit(0)"))).counts, [0, 1]);
    assert.equal((await runOne(passing.replace("{}", "new Promise(() => {})"))).counts, [0, 1]);
  },
  async "an `.only` that was left in fails"() {
    const { counts, log } = await runOne(passing.replace("test(", "test.only("));
    assert.equal(counts, [1, 1]);
    assert.match(log, "got 1 skipped");
  },
  async "a hook that throws fails"() {
    const { counts } = await runOne(passing.replace("test(", 'test.before(() => { throw new Error("x"); }); test('));
    assert.equal(counts, [0, 2]);
  },
  async "an await between two suites, which makes uvu run some of them twice, fails"() {
    const wait = "await new Promise((resolve) => setTimeout(resolve, 50));";
    const { counts, log } = await runOne(`{ ${passing} } ${wait} { ${passing} }`);
    assert.equal(counts, [2, 1]);
    assert.match(log, "uvu started before all suites");
  },
  async "a file that does not end is ended"() {
    const { counts, log } = await runOne("setInterval(() => {}, 1000);", { timeLimit: 0.5 });
    assert.equal(counts, [0, 1]);
    assert.match(log, "took longer than 0.5 s");
  },
  async "filters select by part of a name, and selecting nothing is an error"() {
    const bodies = { matmul: passing, conv: passing };
    assert.is((await run(bodies, { filters: ["matmul.test.ts"] })).passed, 2);
    try {
      await run(bodies, { filters: ["softmax"] });
      assert.unreachable();
    } catch (error) {
      assert.match(String(error), "expected a test file named like [softmax], got none");
    }
  },
  "a file that passes all of its tests but exits with another code fails"() {
    const summary = "\n  Total:     3\n  Passed:    3\n  Skipped:   0\n";
    assert.equal(judge(summary, null), { passed: 3, failed: 0, problem: null });
    assert.equal(judge(summary, "exit code 7"), { passed: 3, failed: 1, problem: "exit code 7" });
  },
});

describe("setup", {
  "refuses a Node before 20"() {
    throws(() => requireNode("18.20.4"), "setup: expected Node 20 or later, got 18.20.4");
    requireNode("20.0.0");
    requireNode("100.1.0");
  },
  "a digest depends on names and contents, and a missing path is no error"() {
    assert.is(digest(["scripts"]), digest(["scripts"]));
    assert.is.not(digest(["scripts/stamp.mjs"]), digest(["scripts/command.mjs"]));
    assert.is(digest(["no-such-folder"]), digest([]));
  },
});
