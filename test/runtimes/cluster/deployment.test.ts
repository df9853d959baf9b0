// The files of examples/cluster: the server takes its configuration, a worker signs in by keys that
// were made as docs/cluster.md says, and the manifests name what there is.
import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { describe } from "../../support/suite.ts";
import { DENO } from "../programs.ts";
import { machine, startNatsServer, temporary } from "./machines.ts";

const example = (name: string): string => readFileSync(join("examples/cluster", name), "utf8");
const MANIFESTS = ["compose.yaml", "kubernetes.yaml"];

/** The code block in the documentation that contains `part`. */
function block(part: string): string {
  const blocks = [...readFileSync("docs/cluster.md", "utf8").matchAll(/^```\w*\n(.*?)^```$/gms)].map(
    ([, text = ""]) => text,
  );
  const found = blocks.find((text) => text.includes(part));
  if (found === undefined) throw new Error(`expected a block with ${part} in docs/cluster.md`);
  return found;
}

describe("deployment of a cluster", {
  async "works as written: keys, certificate, server, a worker in Node, and one in Deno by WebSocket"() {
    const folder = temporary();
    const at = (name: string): string => join(folder, name);
    mkdirSync(at("tls"));
    copyFileSync("examples/cluster/accounts.conf", at("accounts.conf"));
    const env = { ...process.env, NODE_PATH: join(process.cwd(), "node_modules"), HOST: "localhost" };
    const sh = (text: string): string =>
      execFileSync("sh", ["-ec", text], { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const keys = sh(block("createUser"));
    const [, coordinator = "", worker = ""] = /^coordinator (U\w{55})\nworker (U\w{55})\n$/.exec(keys) ?? [];
    assert.ok(worker !== "", keys);
    sh(block("openssl"));
    const here = (text: string): string => text.replace(/^ *listen:.*$/m, "").replaceAll('"tls/', `"${folder}/tls/`);
    const [, webSocket = ""] = /^websocket \{(.*)\}$/s.exec(here(block("websocket {")).trim()) ?? [];
    const server = await startNatsServer({
      conf: here(example("nats.conf")).replace('include "accounts.conf"', example("accounts.conf")),
      env: { BRENIER_COORDINATOR: coordinator, BRENIER_WORKER: worker },
      webSocket,
    });
    try {
      const authority = at("tls/ca.crt");
      const trusting = { env: { NODE_EXTRA_CA_CERTS: authority } };
      const tls = `tls://localhost:${server.port}`;
      const doctor = await machine("worker", ["--doctor", "--server", tls, "--creds", at("worker.nk")], trusting).ended;
      assert.is(doctor.code, 0, doctor.text);
      assert.match(doctor.text, /^TLS +yes$/m);
      assert.match(doctor.text, /^credentials +taken$/m);

      const { port } = new URL(server.webSocket);
      const [plain, page, other] = [`ws://localhost:${port}`, `wss://localhost:${port}`, `wss://127.0.0.1:${port}`];
      const joining = [".test-build/test/runtimes/cluster/joiningTls.js", readFileSync(at("worker.nk"), "utf8")];
      const deno = (...args: readonly string[]) => promisify(execFile)(DENO, ["run", "-A", "--no-lock", ...args]);
      const { stdout: untrusted } = await deno(...joining, page);
      const trust = `expected a certificate for localhost:${port} that this machine trusts, got another`;
      for (const words of [trust, "Deno's --cert FILE and the settings of browsers add"]) {
        assert.match(untrusted, words);
      }
      const counting = deno("--cert", authority, ...joining, plain, other, page);
      const ended = counting.catch((killed: { readonly stdout: string }) => killed);
      writeFileSync(at("points.csv"), "0,0\n1,0\n0,1\n");
      const asked = ["--cluster", tls, "--creds", at("coordinator.nk"), "--out", at("out"), "--no-report"];
      const { code, text } = await machine("transport", [at("points.csv"), ...asked], trusting).ended;
      counting.child.kill();
      assert.is(code, 0, text);
      const { stdout } = await ended;
      assert.match(stdout, `expected a NATS server at localhost:${port}, got none`);
      assert.match(stdout, `expected a certificate for 127.0.0.1:${port} that this machine trusts, got another`);
    } finally {
      await server.remove();
    }
  },

  async "manifests are blocks of YAML, with flags and files that there are"() {
    const { text: help } = await machine("worker", ["--help"]).ended;
    for (const name of [...MANIFESTS, "brenier-worker.service"]) {
      const text = example(name);
      for (const [flag] of text.replaceAll(/^#.*$/gm, "").matchAll(/--[a-z][a-z-]+/g)) assert.match(help, `  ${flag} `);
      for (const [, file = ""] of text.matchAll(/(?:\.\/|=)((?:nats|accounts)\.conf|Dockerfile)/g)) example(file);
    }
    for (const name of MANIFESTS) {
      let before = 0;
      for (const line of example(name).split("\n")) {
        if (/^(#.*|---|)$/.test(line)) continue;
        // A key, an element, or an element that begins with a key.
        assert.match(line, /^ *(- )?([\w./-]+:( \S.*)?|- \S.*|[\w."$[][^:]*(:\S*)?)$/);
        const indent = line.search(/[^ ]/);
        assert.ok(indent % 2 === 0 && indent <= before + 2, `${name}: ${line}`);
        before = indent + (/^ *- /.test(line) ? 2 : 0);
      }
    }
    const documents = example("kubernetes.yaml").split(/^---$/m);
    assert.is(documents.length, 3);
    for (const text of documents)
      for (const key of ["apiVersion", "kind", "metadata", "spec"]) assert.match(text, `\n${key}:`);
    assert.match(example("kubernetes.yaml"), "nvidia.com/gpu: 1");
  },
});
