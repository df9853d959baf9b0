// What setup does on a machine without an adapter: read from the machine's own files, decided
// without touching it.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as assert from "uvu/assert";
import { describe } from "../support/suite.ts";

type Step = { readonly write: string; readonly text: string } | { readonly run: readonly string[] };
type Source = Readonly<Record<string, string>>;

const script = (name: string) => import(pathToFileURL(join(process.cwd(), "scripts", name)).href);
const [{ parseAptSources, parseOsRelease }, { planDriver }] = await Promise.all([
  script("apt.mjs"),
  script("driver.mjs"),
]);

const deb822 = `Types: deb
# a comment inside of a stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
const backports = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-backports\nComponents: main\n";
const vendor = "deb [arch=amd64,arm64 trusted=yes] https://vendor.example/apt bookworm main\n";

const osRelease = (id: string, version: string, codename: string) =>
  parseOsRelease(`PRETTY_NAME="Some ${id}"\nVERSION_ID="${version}"\nVERSION_CODENAME=${codename}\nID=${id}\n`);
const bookworm = osRelease("debian", "12", "bookworm");
const sourcesOf = (text: string): Source[] => parseAptSources("/etc/apt/sources.list.d/debian.sources", text);
const plan = (os: unknown, sources: readonly Source[], machine = {}) =>
  planDriver({ platform: "linux", osRelease: os, sources, apt: true, root: true, ...machine });

const update = { run: ["apt-get", "update"], mayFail: true };
const install = (...target: readonly string[]) => ({
  run: [
    "apt-get",
    "install",
    "-y",
    "--no-install-recommends",
    "--no-remove",
    ...target,
    "mesa-vulkan-drivers",
    "libvulkan1",
  ],
});
const file = "/etc/apt/sources.list.d/bookworm-backports.sources";
const written = (steps: readonly Step[]) => steps.flatMap((step) => ("write" in step ? [step.text] : [])).join();

describe("driver: sources", {
  "reads a deb822 file, comments and second stanza included"() {
    assert.equal(sourcesOf(deb822), [
      {
        types: "deb",
        uris: "http://mirror.example/debian",
        suites: "bookworm bookworm-updates",
        components: "main contrib",
        "signed-by": "/usr/share/keyrings/debian-archive-keyring.gpg",
      },
      {
        types: "deb deb-src",
        uris: "http://mirror.example/debian-security",
        suites: "bookworm-security",
        components: "main",
      },
    ]);
  },
  "reads one-line files with options and passes over comments and source packages"() {
    const text = `# deb http://a bookworm main\n${vendor}deb-src http://b bookworm main\ndeb http://c sid main # x\n`;
    assert.equal(parseAptSources("/etc/apt/sources.list", text), [
      {
        types: "deb",
        uris: "https://vendor.example/apt",
        suites: "bookworm",
        components: "main",
        architectures: "amd64 arm64",
        trusted: "yes",
      },
      { types: "deb", uris: "http://c", suites: "sid", components: "main" },
    ]);
  },
  "passes over a disabled source"() {
    assert.equal(sourcesOf(`Enabled: no\n${backports}`), []);
  },
});

describe("driver: plan", {
  "bookworm as root without backports: derives the source from the machine's own"() {
    const { kind, steps } = plan(bookworm, sourcesOf(deb822));
    assert.is(kind, "install");
    const text = `Types: deb
Uris: http://mirror.example/debian
Suites: bookworm-backports
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
    assert.equal(steps, [{ write: file, text }, update, install("-t", "bookworm-backports")]);
  },
  "a one-line source keeps its options"() {
    const text = "deb [signed-by=/k.gpg arch=amd64] http://mirror.example/debian/ bookworm main\n";
    const { steps } = plan(bookworm, parseAptSources("/etc/apt/sources.list", text));
    assert.is(
      written(steps),
      "Types: deb\nUris: http://mirror.example/debian/\nSuites: bookworm-backports\nComponents: main\n" +
        "Signed-By: /k.gpg\nArchitectures: amd64\n",
    );
  },
  "a key written into the source stays whole"() {
    const key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINB\n -----END PGP PUBLIC KEY BLOCK-----\n";
    const text = backports.replace("bookworm-backports", "bookworm") + key;
    assert.ok(written(plan(bookworm, sourcesOf(text)).steps).endsWith(key.replace("By:\n", "By: \n")));
  },
  "a vendor's source named after the release does not stand in for Debian's"() {
    const sources = [...parseAptSources("/etc/apt/sources.list", vendor), ...sourcesOf(deb822)];
    assert.match(written(plan(bookworm, sources).steps), "http://mirror.example/debian\n");
  },
  "bookworm as root with backports: adds no source"() {
    const { steps } = plan(bookworm, sourcesOf(`${deb822}\n${backports}`));
    assert.equal(steps, [update, install("-t", "bookworm-backports")]);
  },
  "bookworm as a user without backports: commands to paste"() {
    const { kind, message } = plan(bookworm, sourcesOf(deb822), { root: false });
    assert.is(kind, "tell");
    assert.equal(message.split("\n").slice(1), [
      "  printf '%s\\n' 'Types: deb' 'Uris: http://mirror.example/debian' 'Suites: bookworm-backports' " +
        "'Components: main contrib' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' " +
        `| sudo tee ${file} > /dev/null`,
      "  sudo apt-get update",
      `  sudo ${install("-t", "bookworm-backports").run.join(" ")}`,
    ]);
  },
  "bookworm as a user with backports: commands to paste, no source"() {
    const { message } = plan(bookworm, sourcesOf(backports), { root: false });
    assert.not.match(message, "tee");
    assert.match(message, "sudo apt-get install");
  },
  "bookworm without a source to derive from says so"() {
    assert.match(plan(bookworm, []).message, "add the suite bookworm-backports");
  },
  "trixie, jammy and noble: stock packages"() {
    for (const os of [osRelease("debian", "13", "trixie"), osRelease("ubuntu", "22.04", "jammy")]) {
      assert.equal(plan(os, []).steps, [update, install()]);
    }
    assert.equal(plan(osRelease("ubuntu", "24.04", "noble"), []).steps, [update, install()]);
    assert.match(plan(osRelease("ubuntu", "24.04", "noble"), [], { root: false }).message, "sudo apt-get update");
  },
  "releases with an older glibc, fedora, a Debian without apt, macOS and Windows: words only"() {
    assert.match(plan(osRelease("debian", "11", "bullseye"), []).message, "glibc 2.34");
    assert.match(plan(osRelease("ubuntu", "20.04", "focal"), []).message, "glibc 2.34");
    assert.match(plan(osRelease("fedora", "42", ""), [], { apt: false }).message, "install a Vulkan driver");
    assert.match(plan(bookworm, [], { apt: false }).message, "install a Vulkan driver");
    assert.match(plan({}, [], { platform: "darwin", apt: false }).message, "Metal");
    assert.match(plan({}, [], { platform: "win32", apt: false }).message, "Direct3D 12");
  },
});
