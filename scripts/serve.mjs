// The server of `npm run demo`: files of the built site, and under run/ those of one run, to
// programs of this machine alone.
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
} from "node:fs";
import { createServer, STATUS_CODES } from "node:http";
import { basename, extname, join } from "node:path";

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".jsonl": "application/jsonl; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
};

/** What every answer says: of this origin alone, not to be framed, guessed at or kept. */
const HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Cache-Control": "no-store",
};

const PLAIN = "text/plain; charset=utf-8";
/** The methods that are answered, as a header. */
const METHODS = "GET, HEAD";

/** What a page may load and run: files of its origin, and inline texts of these digests. */
const DIRECTIVES = "img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'none'";

/**
 * The content security policy of a page, with the digests of its inline scripts and styles.
 * @param {string} page
 */
export function policyOf(page) {
  const digests = (/** @type {string} */ tag) =>
    [...page.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>([^]*?)</${tag}>`, "g"))]
      .map(([, text = ""]) => text)
      .filter((text) => text !== "")
      .map((text) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join("");
  return `default-src 'self'; script-src 'self'${digests("script")}; style-src 'self'${digests("style")}; ${DIRECTIVES}`;
}

/** An answer that is no file. */
class Refusal extends Error {
  /** @param {number} status @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The names of the folders and of the file that a target of a request names, below the root.
 * @param {string} target as it stands in the request
 */
function namesOf(target) {
  // Neither `http://other/…` nor `//other/…`, which some take for another machine.
  if (!/^\/(?!\/)/.test(target)) throw new Refusal(400, "expected a path");
  const path = target.replace(/[?#].*$/s, "").slice(1);
  const names = path.split("/").map((name) => {
    try {
      return decodeURIComponent(name);
    } catch {
      throw new Refusal(400, "expected percent signs before two digits");
    }
  });
  if (names.at(-1) === "") names[names.length - 1] = "index.html";
  for (const name of names) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (name === "" || name.startsWith(".") || /[/\\:\u0000-\u001f]/.test(name))
      throw new Refusal(400, "expected plain names");
  }
  return names;
}

/**
 * Opens a regular file below a folder, following no link on the way.
 * @param {string} folder @param {readonly string[]} names
 */
function openFile(folder, names) {
  try {
    let path = folder;
    for (const name of names.slice(0, -1)) {
      path = join(path, name);
      if (!lstatSync(path).isDirectory()) throw new Error("no folder");
    }
    path = join(path, names.at(-1) ?? "");
    // A pipe would wait when it is opened.
    if (!lstatSync(path).isFile()) throw new Error("no file");
    const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const { size } = fstatSync(file);
    return { file, size };
  } catch {
    throw new Refusal(404, "no such file");
  }
}

/**
 * Whether a header Host names this machine's own address. Browsers leave out the port 80 of HTTP,
 * and names have no case.
 * @param {string} host
 * @param {number | undefined} port that is listened at
 */
export function isOwnHost(host, port) {
  const [name = "", given = "80", ...more] = host.toLowerCase().split(":");
  return more.length === 0 && ["127.0.0.1", "localhost"].includes(name) && given === String(port);
}

/**
 * A server that is not listening yet.
 * @param {{ site: string, run?: string | undefined }} folders `run` is the folder of a run
 */
export function siteServer({ site, run }) {
  // Requests without a host are refused here, as those with another are.
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    request.resume();
    try {
      answer(request, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      response.statusCode = error.status;
      if (error.status === 405) response.setHeader("Allow", METHODS);
      response.setHeader("Content-Type", PLAIN);
      response.end(request.method === "HEAD" ? undefined : `${error.message}\n`);
    }
  });

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  function answer(request, response) {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host");
    // A name of another machine that leads here would let its pages read what is served.
    const own = isOwnHost(request.headers.host ?? "", port);
    if (hosts.length !== 1 || !own) throw new Refusal(421, "expected this machine's own address");
    if (request.method !== "GET" && request.method !== "HEAD") throw new Refusal(405, "expected GET or HEAD");
    const names = namesOf(request.url ?? "");
    if (names.length === 1 && names[0] === "run.json") return send(response, request.method, describeRun(run));
    const inRun = names[0] === "run" && names.length > 1;
    if (inRun && run === undefined) throw new Refusal(404, "no such file");
    const { file, size } = inRun && run !== undefined ? openFile(run, names.slice(1)) : openFile(site, names);
    const ending = extname(names.at(-1) ?? "");
    response.setHeader("Content-Type", TYPES[ending] ?? "application/octet-stream");
    if (ending === ".html") {
      const page = readFileSync(file, "utf8");
      closeSync(file);
      response.setHeader("Content-Security-Policy", `${policyOf(page)}; frame-ancestors 'none'`);
      return send(response, request.method, page);
    }
    // A worker in a sandbox would be of no origin, and get no GPU.
    const sandbox = ending === ".js" ? "" : "; sandbox";
    response.setHeader("Content-Security-Policy", `default-src 'self'; frame-ancestors 'none'${sandbox}`);
    response.setHeader("Content-Length", size);
    if (request.method === "HEAD" || size === 0) {
      closeSync(file);
      response.end();
      return;
    }
    // A file that grows is sent as long as it was, one that shrinks ends the connection.
    const sent = createReadStream("", { fd: file, end: size - 1 });
    sent.on("error", () => response.destroy());
    response.on("close", () => sent.destroy());
    sent.pipe(response);
  }

  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  server.on("connect", (_request, socket) => refuse(socket, 405, "expected GET or HEAD"));
  server.on("clientError", (/** @type {NodeJS.ErrnoException} */ { code }, socket) => {
    if (code === "ERR_HTTP_REQUEST_TIMEOUT") refuse(socket, 408, "expected a whole request within a minute");
    else if (code === "HPE_HEADER_OVERFLOW") refuse(socket, 431, "expected headers of at most 16 kB");
    else refuse(socket, 400, "expected a request by HTTP/1.1");
  });
  return server;
}

/**
 * Answers bytes that are no request for a file, and ends their connection.
 * @param {import("node:stream").Duplex} socket @param {number} status @param {string} message
 */
function refuse(socket, status, message) {
  socket.on("error", () => socket.destroy());
  if (!socket.writable) return socket.destroy();
  const headers = {
    ...HEADERS,
    ...(status === 405 && { Allow: METHODS }),
    ...{ "Content-Type": PLAIN, "Content-Length": message.length + 1, Connection: "close" },
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${message}\n`);
}

/**
 * What a page is told of the run that is served beside it: null where there is none.
 * @param {string | undefined} run
 */
const describeRun = (run) =>
  JSON.stringify(
    run === undefined ? null : { name: basename(run), ...(existsSync(join(run, "audit.jsonl")) && { audit: true }) },
  );

/**
 * @param {import("node:http").ServerResponse} response
 * @param {string} method
 * @param {string} text
 */
function send(response, method, text) {
  if (!response.hasHeader("Content-Type")) response.setHeader("Content-Type", TYPES[".json"] ?? "");
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.end(method === "HEAD" ? undefined : text);
}

/**
 * Listens on 127.0.0.1 alone.
 * @param {import("node:http").Server} server
 * @param {number} port 0 for a free one
 * @returns {Promise<string>} the address of the site
 */
export function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === "object" ? address?.port : port}/`);
    });
  });
}
