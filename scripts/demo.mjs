// `npm run demo`: builds the site and serves it to this machine; `npm run demo -- RUN` serves the
// generator of a run as well.
import { spawn } from "node:child_process";
import { lstatSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { main, Stop } from "./command.mjs";
import { listen, siteServer } from "./serve.mjs";
import { buildWholeSite, SITE } from "./site.mjs";

const usage = `npm run demo -- [RUN] [FLAGS]: builds the site and serves it on 127.0.0.1

  RUN          folder of a finished run of \`train\`, whose generator is served too
  --port N     the port; default: a free one
  --open       opens the site in the browser
  --help, -h   print this
`;

/**
 * @param {readonly string[]} args
 * @returns {{ run: string | undefined, port: number, open: boolean } | null} null: a call for help
 */
export function parseFlags(args) {
  const { values, positionals } = read(args);
  if (values.help) return null;
  const [run, more] = positionals;
  if (more !== undefined) throw new Stop(`demo: expected one run at most, got ${run} and ${more}`, 2);
  const { port = "0", open = false } = values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new Stop(`demo: --port: expected a whole number up to 65535, got ${port}`, 2);
  }
  return { run, port: Number(port), open };
}

/** @param {readonly string[]} args */
function read(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: "string" },
        open: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new Stop(`demo: ${/** @type {Error} */ (error).message.split(/[.\n]/)[0]}; see --help`, 2);
  }
}

/**
 * The folder of a run with a generator. Throws a `Stop` for any other.
 * @param {string} given
 */
export function runFolder(given) {
  const folder = resolve(given);
  if (given === "" || !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Stop(`demo: expected a run, got no folder ${given || '""'}`, 4);
  const has = (/** @type {string} */ name) =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  if (has("config.json") && !has("summary.json")) {
    const advice = `wait for it, or finish it with \`node dist/train.js --resume ${given}\``;
    throw new Stop(`demo: expected a finished run, got ${given}, which is not finished; ${advice}`, 4);
  }
  if (!has("generator.safetensors")) {
    throw new Stop(`demo: expected generator.safetensors in ${given}, got none; name a run of \`train\``, 4);
  }
  return realpathSync(folder);
}

/** Opens an address in the browser of the user, as far as there is one. @param {string} address */
function openInBrowser(address) {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", address]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", address]
        : ["xdg-open", address];
  spawn(command, args, { stdio: "ignore", detached: true })
    .on("error", () => console.error(`demo: expected ${command} to open a browser, got none; open the address above`))
    .unref();
}

if (process.argv[1]?.endsWith("demo.mjs")) {
  await main(async () => {
    const flags = parseFlags(process.argv.slice(2));
    if (flags === null) return console.log(usage);
    const run = flags.run === undefined ? undefined : runFolder(flags.run);
    await buildWholeSite();
    const server = siteServer({ site: SITE, run });
    const address = await listen(server, flags.port).catch((error) => {
      if (error.code === "EADDRINUSE") {
        throw new Stop(
          `demo: expected a free port, got ${flags.port}, which is in use; leave --port out for a free one`,
        );
      }
      if (error.code === "EACCES")
        throw new Stop(`demo: expected a port that is allowed, got ${flags.port}; use 1024 or more`);
      throw error;
    });
    console.log(`${address}  (Ctrl-C ends it)`);
    if (flags.open) openInBrowser(address);
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.on(signal, () => {
        server.close();
        server.closeAllConnections();
      });
    }
  });
}
