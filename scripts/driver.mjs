// Finds out whether Dawn has an adapter on this machine and, on Debian and Ubuntu, installs Mesa's
// software Vulkan driver (lavapipe) when it has none. A pure function, `planDriver`, decides what
// to do.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backportsSource, offersSuite, parseAptSources, parseOsRelease } from "./apt.mjs";
import { runQuietly, Stop } from "./command.mjs";

/**
 * @typedef {import("./apt.mjs").AptSource} AptSource
 * @typedef {{
 *   vendor: string, architecture: string, device: string, description: string
 * }} AdapterInfo
 * @typedef {{ write: string, text: string } | { run: string[], mayFail?: boolean }} Step
 * @typedef {{
 *   platform: string, osRelease: Record<string, string>, sources: AptSource[],
 *   apt: boolean, root: boolean
 * }} Machine
 * @typedef {{ kind: "install", steps: Step[] } | { kind: "tell", message: string }} Plan
 */

const probe = fileURLToPath(new URL("probe.mjs", import.meta.url));
const packages = ["mesa-vulkan-drivers", "libvulkan1"];

/**
 * The plan for a machine without an adapter: steps to run as root, or a message for the user.
 * @param {Machine} machine
 * @returns {Plan}
 */
export function planDriver({ platform, osRelease, sources, apt, root }) {
  if (platform === "darwin")
    return tell("macOS reaches its GPU through Metal: run outside of a sandbox or virtual machine");
  if (platform === "win32") return tell("install the vendor's graphics driver (Dawn uses Direct3D 12 or Vulkan)");
  const known = osRelease.ID === "debian" || osRelease.ID === "ubuntu";
  if (platform !== "linux" || !known || !apt) {
    return tell("install a Vulkan driver, for a machine without a GPU Mesa's lavapipe of version 23.2 or later");
  }
  if (Number(osRelease.VERSION_ID) < (osRelease.ID === "debian" ? 12 : 22)) {
    return tell("use Debian 12, Ubuntu 22.04 or later: Dawn needs glibc 2.34");
  }
  const steps = installSteps(osRelease, sources);
  if (steps === null) return tell("add the suite bookworm-backports to the sources of apt, then run this again");
  if (root) return { kind: "install", steps };
  return tell(`run these commands, then this one again:\n${steps.map(asShell).join("\n")}`);
}

/**
 * @param {string} message
 * @returns {Plan}
 */
function tell(message) {
  return { kind: "tell", message };
}

/**
 * Mesa 22.3.6 of Debian 12 is too old for Dawn, which needs 23.2: there the driver comes from
 * backports.
 * @param {Record<string, string>} osRelease
 * @param {readonly AptSource[]} sources
 * @returns {Step[] | null}
 */
function installSteps(osRelease, sources) {
  const backports = osRelease.VERSION_CODENAME === "bookworm" ? "bookworm-backports" : null;
  /** @type {Step[]} */
  const steps = [];
  if (backports !== null && !offersSuite(sources, backports)) {
    const text = backportsSource(sources, "bookworm");
    if (text === null) return null;
    steps.push({ write: `/etc/apt/sources.list.d/${backports}.sources`, text });
  }
  // An unrelated broken source makes the update fail, which does not matter: only the install has
  // to succeed.
  steps.push({ run: ["apt-get", "update"], mayFail: true });
  const target = backports === null ? [] : ["-t", backports];
  steps.push({ run: ["apt-get", "install", "-y", "--no-install-recommends", "--no-remove", ...target, ...packages] });
  return steps;
}

/** @param {Step} step */
function asShell(step) {
  if ("run" in step) return `  sudo ${step.run.join(" ")}`;
  const lines = step.text.trimEnd().split("\n");
  const quoted = lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`);
  return `  printf '%s\\n' ${quoted.join(" ")} | sudo tee ${step.write} > /dev/null`;
}

/** @returns {Machine} */
function thisMachine() {
  const { platform } = process;
  const osRelease = parseOsRelease(readIfThere("/etc/os-release"));
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const paths = names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => join(folder, name));
  const sources = ["/etc/apt/sources.list", ...paths].flatMap((path) => parseAptSources(path, readIfThere(path)));
  return { platform, osRelease, sources, apt: existsSync("/usr/bin/apt-get"), root: process.getuid?.() === 0 };
}

/** @param {string} path */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/**
 * The adapter that Dawn finds, or why there is none. The null backend has no description and
 * computes nothing, so it does not count.
 * @returns {{ info: AdapterInfo } | { reason: string }}
 */
export function findAdapter() {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [probe], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (signal !== null) return { reason: `Dawn was ended by ${signal}` };
  if (status !== 0)
    return {
      reason:
        stderr
          .trim()
          .split("\n")
          .find((line) => /Error/.test(line)) ?? `exit code ${status}`,
    };
  const info = JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
  if (info === null) return { reason: "none" };
  return info.description === "" ? { reason: `${info.device || "one without a description"}` } : { info };
}

/**
 * Returns the adapter of this machine, after installing a driver if that is necessary. Throws a
 * `Stop` that says what the user has to do when this script cannot do it.
 * @param {(line: string) => void} say
 * @returns {AdapterInfo}
 */
export function ensureAdapter(say) {
  const before = findAdapter();
  if ("info" in before) return before.info;
  const plan = planDriver(thisMachine());
  if (plan.kind === "tell") throw missing(before.reason, plan.message);
  say(`no WebGPU adapter (${before.reason}): ${plan.steps.map(inWords).join(", ")}`);
  runSteps(plan.steps);
  const after = findAdapter();
  if ("info" in after) return after.info;
  throw missing(after.reason, `see what Vulkan says (vulkaninfo): the driver (${packages.join(", ")}) is installed`);
}

/** @param {string} reason @param {string} advice */
function missing(reason, advice) {
  return new Stop(`setup: expected a WebGPU adapter, got ${reason}; ${advice}`, 3);
}

/** @param {Step} step */
function inWords(step) {
  return "run" in step ? step.run.join(" ") : `write ${step.write}`;
}

/** @param {readonly Step[]} steps */
export function runSteps(steps) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  let log = "";
  for (const step of steps) {
    if ("write" in step) {
      writeFileSync(step.write, step.text);
      continue;
    }
    const [command = "", ...args] = step.run;
    // Another apt may be running, as on a machine that has just started; this waits for it.
    const { failure, output } = runQuietly(command, ["-o", "DPkg::Lock::Timeout=120", ...args], { env });
    log += `$ ${step.run.join(" ")}\n${output}`;
    if (failure !== null && !step.mayFail) throw new Stop(`${log}setup: ${command} ${args[0]} failed (${failure})`, 3);
  }
}
