// The files of examples/cluster: the server takes its configuration, a worker signs in by keys that
// were made as docs/cluster.md says, and the manifests name what there is.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { describe } from "../../support/suite.ts";
import { machine, startNatsServer, temporary } from "./machines.ts";

const example = (name: string): string => readFileSync(join("examples/cluster", name), "utf8");
const MANIFESTS = ["compose.yaml", "kubernetes.yaml"];

/** The commands of the code block in the documentation that contains `part`, without a prompt. */
function block(part: string): string {
  const blocks = [...readFileSync("docs/cluster.md", "utf8").matchAll(/```sh\n(.*?)```/gs)].map(
    ([, text = ""]) => text,
  );
  const found = blocks.find((text) => text.includes(part));
  if (found === undefined) throw new Error(`expected a block with ${part} in docs/cluster.md`);
  return found;
}

describe("deployment of a cluster", {
  async "works as written: keys, certificate, server and worker"() {
    const folder = temporary();
    mkdirSync(join(folder, "tls"));
    copyFileSync("examples/cluster/accounts.conf", join(folder, "accounts.conf"));
    const env = { ...process.env, NODE_PATH: join(process.cwd(), "node_modules"), HOST: "localhost" };
    const sh = (text: string): string =>
      execFileSync("sh", ["-ec", text], { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const keys = sh(block("createUser"));
    const [, coordinator = "", worker = ""] = /^coordinator (U\w{55})\nworker (U\w{55})\n$/.exec(keys) ?? [];
    assert.ok(worker !== "", keys);
    sh(block("openssl"));
    const conf = example("nats.conf")
      .replace(/^listen:.*$/m, "")
      .replaceAll('"tls/', `"${folder}/tls/`);
    const server = await startNatsServer({
      conf: conf.replace('include "accounts.conf"', example("accounts.conf")),
      env: { BRENIER_COORDINATOR: coordinator, BRENIER_WORKER: worker },
    });
    try {
      const args = ["--doctor", "--server", `tls://localhost:${server.port}`, "--creds", join(folder, "worker.nk")];
      const { code, text } = await machine("worker", args, {
        env: { NODE_EXTRA_CA_CERTS: join(folder, "tls/ca.crt") },
      }).ended;
      assert.is(code, 0, text);
      assert.match(text, /^TLS +yes$/m);
      assert.match(text, /^credentials +taken$/m);
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
