// Finds the browsers and the NATS server of the tests and, on Debian, installs those that are
// missing. A pure function, `planBrowsers`, decides what to do.
import { existsSync, readFileSync } from "node:fs";
import { parseOsRelease } from "./apt.mjs";
import { Stop } from "./command.mjs";
import { runSteps } from "./driver.mjs";

/**
 * Packages of Debian, and the programs that the tests start; see test/runtimes/programs.ts and
 * nats-server.mjs.
 */
export const packages = {
  chromium: ["/usr/bin/chromium", "/usr/bin/google-chrome"],
  "firefox-esr": ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
  "nats-server": ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"],
};

/**
 * The steps that install what is missing, or a message for the user. Ubuntu has these browsers as
 * snaps alone, which do not run in containers.
 * @param {{ missing: readonly string[], system: string | undefined, root: boolean }} machine
 *   `system` is the ID of /etc/os-release
 * @returns {{ steps: import("./driver.mjs").Step[] } | { tell: string }}
 */
export function planBrowsers({ missing, system, root }) {
  if (missing.length === 0) return { steps: [] };
  const install = ["apt-get", "install", "-y", "--no-install-recommends", "--no-remove", ...missing];
  if (system !== "debian") {
    return {
      tell: "install Chromium as /usr/bin/chromium or google-chrome, Firefox as firefox-esr or firefox, and nats-server",
    };
  }
  if (!root) return { tell: `run \`sudo ${install.join(" ")}\`` };
  return { steps: [{ run: ["apt-get", "update"], mayFail: true }, { run: install }] };
}

/**
 * Installs the programs that are missing. Throws a `Stop` that says what the user has to do where
 * this script cannot do it.
 * @param {(line: string) => void} say
 */
export function ensureBrowsers(say) {
  const system = existsSync("/etc/os-release") ? parseOsRelease(readFileSync("/etc/os-release", "utf8")).ID : undefined;
  const missing = Object.entries(packages)
    .filter(([, programs]) => !programs.some((program) => existsSync(program)))
    .map(([name]) => name);
  const plan = planBrowsers({ missing, system, root: process.getuid?.() === 0 });
  if ("tell" in plan) throw new Stop(`runtimes: expected ${missing.join(" and ")}, got none; ${plan.tell}`);
  if (plan.steps.length > 0) say(`installing ${missing.join(" and ")}`);
  runSteps(plan.steps);
}
