// Browsers without a window, each with a profile of its own: they open a page that posts what it
// computed to a server on this machine, so that no protocol of a driver is needed.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { CHROMIUM, FIREFOX } from "./programs.ts";

/** Pages may run scripts and workers of the server alone. */
const POLICY = ["script-src", "worker-src", "frame-src"].map((kind) => `${kind} 'self'`).join("; ");
const SECONDS = 240;

/**
 * Folders by the paths under which they are served, which end in a slash; the longest path counts.
 */
export type Site = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".safetensors": "application/octet-stream",
};

/** A page for a path that ends in a slash: it runs the module of the same name beside it. */
const pageOf = (path: string): string =>
  `<!doctype html><title>test</title><script type="module" src="${path.slice(0, -1)}.js"></script>`;

/** The bytes at a path and their extension. Throws where there is no such file. */
function fileAt(site: Site, path: string): { readonly extension: string; readonly bytes: Buffer | string } {
  const prefixes = Object.keys(site).filter((prefix) => path.startsWith(prefix));
  const prefix = prefixes.reduce((longest, other) => (other.length > longest.length ? other : longest));
  const file = join(site[prefix] as string, path.slice(prefix.length));
  if (!path.endsWith("/")) return { extension: extname(path), bytes: readFileSync(file) };
  const index = join(file, "index.html");
  return { extension: ".html", bytes: existsSync(index) ? readFileSync(index) : pageOf(path) };
}

/** A site that is served on this machine. */
export interface Served {
  readonly origin: string;
  /** Settles with what is posted to /done or /failed. */
  readonly posted: Promise<string>;
  close(): void;
}

/** Serves a site, whose pages may also connect to `others`. */
export async function serveSite(site: Site, others = ""): Promise<Served> {
  const server = createServer();
  const posted = new Promise<string>((resolve, reject) => {
    server.on("request", (request, response) => {
      const { pathname: path } = new URL(request.url ?? "", "http://a");
      if (request.method === "POST") {
        let body = "";
        request.on("data", (part) => {
          body += part;
        });
        request.on("end", () => {
          response.end();
          if (path === "/done") resolve(body);
          else reject(new Error(body));
        });
        return;
      }
      response.setHeader("Content-Security-Policy", `default-src 'none'; ${POLICY}; connect-src 'self' ${others}`);
      try {
        const { extension, bytes } = fileAt(site, path);
        response.setHeader("Content-Type", TYPES[extension] as string);
        response.end(bytes);
      } catch {
        response.statusCode = 404;
        response.end();
      }
    });
  });
  posted.catch(() => undefined); // not every page posts
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted, close };
}

/** Flags of Chromium: a page computes by SwiftShader, on machines with a GPU as well. */
export const CHROMIUM_FLAGS = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"] as const;

/** How to start each browser on a page. */
const BROWSERS = {
  chromium(profile: string, url: string): ChildProcess {
    const own = ["--headless=new", "--no-first-run", `--user-data-dir=${profile}`];
    return start(CHROMIUM, [...own, ...CHROMIUM_FLAGS, url]);
  },
  firefox(profile: string, url: string): ChildProcess {
    const on = ["dom.webgpu.enabled", "dom.webgpu.workers.enabled", "gfx.webgpu.ignore-blocklist"];
    const off = [
      "app.update.enabled",
      "datareporting.policy.dataSubmissionEnabled",
      "browser.shell.checkDefaultBrowser",
    ];
    const lines = [...on.map((name) => [name, true] as const), ...off.map((name) => [name, false] as const)];
    writeFileSync(
      join(profile, "user.js"),
      lines.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`).join(""),
    );
    return start(FIREFOX, ["--headless", "--no-remote", "--profile", profile, url]);
  },
} as const;

/** A process in a group of its own, so that its children end with it. */
const start = (program: string, args: readonly string[]): ChildProcess =>
  spawn(program, args, { stdio: "ignore", detached: true });

/**
 * What the page at `path` of a site posts in a browser; it may connect to the site, and to `others`
 * as a policy names them. Rejects with what the page says has failed.
 */
export async function inBrowser(
  name: keyof typeof BROWSERS,
  site: Site,
  path: string,
  others?: string,
): Promise<unknown> {
  const profile = mkdtempSync(join(tmpdir(), `brenier-${name}-`));
  const { origin, posted, close } = await serveSite(site, others);
  const browser = BROWSERS[name](profile, `${origin}${path}`);
  const ended = new Promise<never>((_, reject) => {
    browser.on("error", reject);
    browser.on("exit", (code) => reject(new Error(`${name} ended with exit code ${code}`)));
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} posted nothing for ${SECONDS} s`)), 1000 * SECONDS);
  });
  try {
    return JSON.parse(await Promise.race([posted, ended, late]));
  } finally {
    clearTimeout(timer);
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    close();
    await ended.catch(() => undefined);
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
