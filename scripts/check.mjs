// `npm run check`, the same as CI: prints one line for each stage and stops at the first that
// fails. The last line is always `N passed, N failed`; a failed stage without tests counts as one
// failure.
import { benchArguments } from "./bench-flags.mjs";
import { biome, main, noArguments, runNode, Stop, tsc } from "./command.mjs";
import { compileTests, runTests, tally } from "./run-tests.mjs";
import { hasRuntimes, installRuntimes } from "./runtimes.mjs";
import { installPackages, setup } from "./setup.mjs";

let [passed, failed] = [0, 0];

/** @param {string} name @param {() => unknown} body */
async function stage(name, body) {
  const started = performance.now();
  /** @param {string} verdict */
  const line = (verdict) => `${verdict}  ${name}  ${((performance.now() - started) / 1000).toFixed(1)} s`;
  try {
    await body();
  } catch (error) {
    if (error instanceof Stop) throw new Stop(`${error.message}\n${line("FAIL")}`, error.exitCode);
    throw error;
  }
  console.log(line("ok  "));
}

await main(async () => {
  noArguments("check");
  await stage("packages are installed", () => installPackages());
  // This stage comes before setup, which builds, and a build writes the generated files anew:
  // afterwards they are never stale.
  await stage("generated files are fresh", () => runNode("check", ["scripts/generate-shaders.mjs", "--check"]));
  await stage("setup", () => console.log(`      adapter: ${setup()}`));
  await stage("lint and format", () => runNode("check", [biome, "check", "--error-on-warnings"]));
  await stage("types", () => runNode("check", [tsc, "-p", ".", "--noEmit"]));
  await stage("portable core", () => runNode("check", [tsc, "-p", "tsconfig.core.json"]));
  await stage("types of pages", () => runNode("check", [tsc, "-p", "tsconfig.pages.json"]));
  await stage("types of the site", () => runNode("check", [tsc, "-p", "tsconfig.site.json"]));
  await stage("types of scripts", () => runNode("check", [tsc, "-p", "tsconfig.scripts.json"]));
  await stage("shaders are valid", () => runNode("check", ["scripts/check-shaders.mjs"]));
  let folder = "";
  await stage("tests and bench compile", () => {
    folder = compileTests();
  });
  await stage("bench runs", () =>
    runNode("check", benchArguments({ only: [], peers: false, smoke: true, browser: false, json: null })),
  );
  /** @param {readonly string[]} [filters] */
  const tests = async (filters = []) => {
    const result = await runTests({ folder, filters });
    passed += result.passed;
    failed += result.failed;
    if (result.failed > 0) throw new Stop("check: a test failed, see above");
  };
  // What fails here is thrown at the end, so that the tests in other runtimes are run all the same.
  const broken = await stage("tests", () => tests()).then(
    () => undefined,
    (error) => error,
  );
  if (hasRuntimes) {
    if (broken !== undefined) console.log(broken.message);
    await stage("other runtimes are installed", installRuntimes);
    await stage("tests in other runtimes", () => tests(["test/runtimes/"]));
  } else {
    console.log("left out: other runtimes, which have packages for Linux on x64 alone");
  }
  if (broken !== undefined) throw broken;
});
// A stage that failed without a failed test counts as one failure.
console.log(tally(passed, process.exitCode ? Math.max(1, failed) : failed));
