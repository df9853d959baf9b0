// The server of the demo, by raw sockets: what it sends, and all that it refuses.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";
import { throws } from "../support/throws.ts";

const load = async <T>(path: string): Promise<T> => (await import(pathToFileURL(resolve(path)).href)) as T;
const { isOwnHost, siteServer, listen, policyOf } = await load<{
  readonly siteServer: (folders: { readonly site: string; readonly run?: string }) => Server;
  readonly isOwnHost: (host: string, port: number) => boolean;
  readonly listen: (server: Server, port: number) => Promise<string>;
  readonly policyOf: (page: string) => string;
}>("scripts/serve.mjs");
const { parseFlags, runFolder } = await load<{
  readonly parseFlags: (args: readonly string[]) => unknown;
  readonly runFolder: (given: string) => string;
}>("scripts/demo.mjs");

const folder = mkdtempSync(join(tmpdir(), "brenier-demo-"));
const [site, run] = [join(folder, "site"), join(folder, "digits")];
mkdirSync(join(site, "chunks"), { recursive: true });
mkdirSync(run);
writeFileSync(join(folder, "secret"), "secret");
writeFileSync(join(site, "index.html"), "<!doctype html><script>let a = 1;</script>");
writeFileSync(join(site, "chunks/a.js"), "export {};");
writeFileSync(join(site, ".hidden"), "secret");
writeFileSync(join(site, "empty.txt"), "");
writeFileSync(join(run, "generator.safetensors"), new Uint8Array(300_000).fill(7));
symlinkSync(join(folder, "secret"), join(site, "link.txt"));
symlinkSync(folder, join(site, "up"));
symlinkSync(join(folder, "secret"), join(run, "link.json"));

const server = siteServer({ site, run });
const alone = siteServer({ site });
await Promise.all([listen(server, 0), listen(alone, 0)]);
const portOf = (of: Server): number => (of.address() as AddressInfo).port;

/** The answer to bytes on a socket: status, headers in lower case, body. */
function ask(bytes: string, of: Server = server): Promise<{ status: number; headers: string; body: string }> {
  return new Promise((fulfil, reject) => {
    const socket = connect(portOf(of), "127.0.0.1", () => socket.write(bytes));
    let got = "";
    socket.setEncoding("latin1");
    socket.on("data", (part) => {
      got += part;
    });
    socket.on("error", reject);
    socket.on("close", () => {
      const [head = "", ...rest] = got.split("\r\n\r\n");
      fulfil({ status: Number(head.split(" ")[1]), headers: head.toLowerCase(), body: rest.join("\r\n\r\n") });
    });
  });
}

const request = (target: string, { method = "GET", host = `127.0.0.1:${portOf(server)}`, more = "" } = {}): string =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

describe("demo", {
  async "it sends the files of the site and of the run, whole, with the headers of today"() {
    const page = await ask(request("/?chapter=cells"));
    assert.is(page.status, 200);
    assert.match(page.body, /let a = 1/);
    for (const header of [
      "content-type: text/html; charset=utf-8",
      "x-content-type-options: nosniff",
      "referrer-policy: no-referrer",
      "cross-origin-opener-policy: same-origin",
      "cross-origin-resource-policy: same-origin",
    ]) {
      assert.ok(page.headers.includes(header), header);
    }
    const digest = policyOf("<script>let a = 1;</script>");
    assert.match(digest, /^default-src 'self'; script-src 'self' 'sha256-[\w+/]{43}='; style-src 'self';/);
    assert.ok(page.headers.includes(digest.toLowerCase()));
    assert.ok(page.headers.includes("frame-ancestors 'none'"));
    const script = await ask(request("/chunks/a.js"));
    assert.is(script.body, "export {};");
    assert.match(script.headers, "content-type: text/javascript");
    assert.match(script.headers, "content-security-policy: default-src 'self'");
    const generator = await ask(request("/run/generator.safetensors"));
    assert.is(generator.body, "\x07".repeat(300_000));
    assert.is((await ask(request("/run.json"))).body, '{"name":"digits"}');
    assert.is((await ask(request("/empty.txt"))).status, 200);
    assert.is((await ask(request("/", { host: `localhost:${portOf(server)}` }))).status, 200);
  },

  async "HEAD has the headers of GET and no body"() {
    for (const target of ["/", "/chunks/a.js", "/run/generator.safetensors", "/run.json", "/none"]) {
      const [head, get] = await Promise.all([ask(request(target, { method: "HEAD" })), ask(request(target))]);
      assert.is(head.status, get.status);
      assert.is(head.body, "", target);
      if (get.status === 200) assert.match(head.headers, `content-length: ${get.body.length}`);
    }
  },

  async "no target leads out of the site and the run"() {
    const out = [
      ...["/../secret", "/chunks/../../secret", "/run/../../secret", "/..", "/.", "/./index.html", "/run/.."],
      ...["/%2e%2e/secret", "/%2e%2e%2fsecret", "/chunks%2f..%2f..%2fsecret", "/..%5csecret", "/\\..\\secret"],
      ...["/%252e%252e/secret", "/%c0%ae%c0%ae/secret", "/%", "/%zz", "/index.html%00", "/%00", "/run/%2fetc%2fpasswd"],
      ...[
        "//etc/passwd",
        "/chunks//a.js",
        "//127.0.0.1/",
        "http://127.0.0.1/",
        "http://example.org/",
        "*",
        "index.html",
      ],
      ...[
        "/.hidden",
        "/C:/secret",
        "/chunks",
        "/chunks/",
        "/run",
        "/run/",
        "/link.txt",
        "/up/secret",
        "/run/link.json",
      ],
      ...["/none", "/run/none", "/index.html/", "/secret", `/${"a".repeat(5000)}`, `${join(folder, "secret")}`],
    ];
    for (const target of out) {
      const { status, body } = await ask(request(target));
      assert.ok(status >= 400 && status < 500, `${target}: ${status}`);
      assert.not.match(body, "secret", target);
    }
    assert.is(
      (await ask(request("/run/generator.safetensors", { host: `127.0.0.1:${portOf(alone)}` }), alone)).status,
      404,
    );
    assert.is((await ask(request("/run.json", { host: `127.0.0.1:${portOf(alone)}` }), alone)).body, "null");
  },

  async "other methods, other hosts and what is no request are refused"() {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]) {
      const { status, headers } = await ask(request("/", { method }));
      assert.is(status, 405, method);
      assert.match(headers, "allow: get, head");
    }
    const port = portOf(server);
    for (const host of [
      "example.org",
      `example.org:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port + 1}`,
      `[::1]:${port}`,
      `127.0.0.1.example.org:${port}`,
      "",
    ]) {
      const { status } = await ask(request("/", { host }));
      assert.ok(status === 421 || status === 400, `${host}: ${status}`);
    }
    const tunnel = await ask(`CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n`);
    assert.is(tunnel.status, 405);
    assert.match(tunnel.headers, "allow: get, head");
    const upgrade = await ask(request("/", { more: "Upgrade: websocket\r\nConnection: Upgrade\r\n" }));
    assert.is(upgrade.status, 200, "a request to upgrade is one for the page");
    const expecting = await ask(request("/", { more: "Expect: gold\r\n" }));
    assert.is(expecting.status, 200);
    const twice = await ask(request("/", { more: "Host: example.org\r\n" }));
    assert.ok(twice.status >= 400 && twice.status < 500, `two hosts: ${twice.status}`);
    for (const [bytes, wanted] of [
      ["GET / HTTP/1.1\r\n\r\n", 421],
      ["GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["nothing\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nA: ${"a".repeat(100_000)}\r\n\r\n`, 431],
    ] as const) {
      const { status, headers } = await ask(bytes);
      assert.is(status, wanted, JSON.stringify(bytes.slice(0, 40)));
      assert.match(headers, "x-content-type-options: nosniff");
    }
    assert.is((await ask(request("/"))).status, 200, "it goes on");
  },

  "a host is this machine's own by name and port, of which browsers leave out 80"() {
    for (const host of ["127.0.0.1:80", "127.0.0.1", "localhost", "LocalHost:80"]) assert.ok(isOwnHost(host, 80), host);
    for (const host of ["127.0.0.1", "localhost:80", "localhost:", "localhost:8123:8123", "example.org:8123", ""])
      assert.not.ok(isOwnHost(host, 8123), host);
  },

  async "only this machine's own address is listened to"() {
    const { address } = server.address() as AddressInfo;
    assert.is(address, "127.0.0.1");
    for (const other of Object.values(networkInterfaces()).flat()) {
      if (other === undefined || other.internal || other.family !== "IPv4") continue;
      const code = await new Promise((fulfil) => {
        const socket = connect({ host: other.address, port: portOf(server), timeout: 2000 });
        socket.on("connect", () => fulfil("connected"));
        socket.on("timeout", () => fulfil("timeout"));
        socket.on("error", (error) => fulfil((error as NodeJS.ErrnoException).code));
        socket.on("connect", () => socket.destroy());
      });
      assert.is.not(code, "connected", other.address);
    }
  },

  "flags and folders are checked before anything is built"() {
    assert.equal(parseFlags([]), { run: undefined, port: 0, open: false });
    assert.equal(parseFlags(["runs/a", "--port", "8080", "--open"]), { run: "runs/a", port: 8080, open: true });
    for (const port of ["x", "70000", "-1", "1.5", ""]) {
      throws(() => parseFlags([`--port=${port}`]), "demo: --port: expected a whole number up to 65535");
    }
    throws(() => parseFlags(["a", "b"]), "demo: expected one run at most, got a and b");
    throws(() => parseFlags(["--colour"]), "demo: Unknown option '--colour'");
    for (const none of [join(folder, "none"), join(folder, "secret"), ""]) {
      throws(() => runFolder(none), `demo: expected a run, got no folder ${none || '""'}`);
    }
    throws(() => runFolder(site), "expected generator.safetensors in");
    writeFileSync(join(run, "config.json"), "{}");
    throws(() => runFolder(run), "which is not finished; wait for it, or finish it with `node dist/train.js --resume");
    writeFileSync(join(run, "summary.json"), "{}");
    assert.is(runFolder(run), run);
  },

  async "a port in use is told"() {
    const code = await listen(siteServer({ site }), portOf(server)).then(
      () => "listening",
      (error: NodeJS.ErrnoException) => error.code,
    );
    assert.is(code, "EADDRINUSE");
    for (const each of [server, alone]) {
      each.close();
      each.closeAllConnections();
    }
    rmSync(folder, { recursive: true });
  },
});
