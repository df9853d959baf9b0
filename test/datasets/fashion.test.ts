import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { gzipSync } from "node:zlib";
import { equal, is, match } from "uvu/assert";
import { debianFiles } from "../../src/datasets/debianFiles.ts";
import { fashionFiles, obtainFashion } from "../../src/datasets/fashion.ts";
import { loadMnist } from "../../src/datasets/mnist.ts";
import { datasetSourceOf, datasetSources } from "../../src/datasets/sources.ts";
import { describe } from "../support/suite.ts";
import { idxBytes, inFolder, refuses } from "./fixture.ts";

const npm = () => Promise.reject(new Error("expected no npm"));
const content = idxBytes([2], [3, 4]);

/** Runs `body` where the two clients are these shell scripts. */
async function withClients(folder: string, scripts: Readonly<Record<string, string>>, body: () => Promise<void>) {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const { PATH } = process.env;
  process.env["PATH"] = `${bin}${delimiter}${PATH}`;
  try {
    await body();
  } finally {
    process.env["PATH"] = PATH;
  }
}

describe("fashion", {
  "files come unpacked from Debian's package": async () => {
    const debian = async (name: string, folder: string) => {
      equal([name, folder], ["dataset-fashion-mnist", "usr/share/datasets/fashion-mnist"]);
      return new Map(fashionFiles.map((file) => [`${file.name}.gz`, new Uint8Array(gzipSync(content))]));
    };
    const files = await obtainFashion({ npm, debian });
    equal([...files.keys()], [...fashionFiles.map(({ name }) => name)]);
    for (const bytes of files.values()) equal(new Uint8Array(bytes), content);
    const error = await obtainFashion({ npm, debian: async () => new Map() }).catch((e: Error) => e);
    match(
      String(error),
      /^DataError: fetch: dataset-fashion-mnist: expected .*train-images-idx3-ubyte\.gz inside, got none$/,
    );
  },
  "apt-get and dpkg-deb are run as a user, and their words are reported": () =>
    inFolder((folder) => {
      const unpack = 'mkdir -p "$3/usr/share/x" && printf abc > "$3/usr/share/x/a.gz"';
      return withClients(folder, { "apt-get": "touch $2_1.deb", "dpkg-deb": unpack }, async () => {
        const files = await debianFiles("abc", "usr/share/x");
        equal([...files.keys()], ["a.gz"]);
        is(new TextDecoder().decode(files.get("a.gz")), "abc");
      });
    }),
  "a client that fails is one line": () =>
    inFolder(async (folder) => {
      const failing = async (script: string): Promise<string> => {
        let said = "";
        await withClients(folder, { "apt-get": script }, async () => {
          said = String(await debianFiles("abc", "usr").catch((e: Error) => e.message));
        });
        return said;
      };
      is(
        await failing("echo 'E: Unable to locate package abc' >&2; exit 100"),
        "apt-get download abc failed: Unable to locate package abc; run `apt-get update`",
      );
      is(await failing("exit 7"), "apt-get download abc failed: exit 7");
      is(await failing("exit 0"), "apt-get download abc wrote no package");
    }),
  "errors of its files call it fashion": () =>
    inFolder((folder) => {
      refuses(
        () => datasetSourceOf("fashion")?.load(folder, "test"),
        "DataError",
        /^fashion: expected t10k-images-idx3-ubyte or .* fetch fashion --dir/,
      );
      writeFileSync(join(folder, "t10k-images-idx3-ubyte"), idxBytes([1, 4, 4], new Uint8Array(16)));
      writeFileSync(join(folder, "t10k-labels-idx1-ubyte"), idxBytes([1], [10]));
      refuses(() => loadMnist(folder, "test", "fashion"), "DataError", /^fashion: .*got 10 at index 0$/);
    }),
  "every set names ten classes, and files with sums of their own": () => {
    for (const { classes, files } of datasetSources) {
      is(new Set(classes).size, 10);
      is(
        files.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)),
        true,
      );
    }
    const sums = datasetSources.flatMap(({ files }) => files.map(({ sha256 }) => sha256));
    is(new Set(sums).size, 14);
  },
});
