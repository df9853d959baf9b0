// Parses the files in which a Debian or Ubuntu machine describes its release and its package
// sources: functions from text to records.

/**
 * One source as the fields of a deb822 stanza, with names in lower case:
 * `{ types: "deb", uris: "…", suites: "…", … }`.
 * @typedef {Record<string, string>} AptSource
 */

/**
 * Options of one-line sources whose deb822 field has another name; all other options keep their
 * names (sources.list(5)).
 */
const renamedOptions = new Map([
  ["arch", "architectures"],
  ["lang", "languages"],
  ["target", "targets"],
]);

/**
 * The fields of /etc/os-release, with quotes removed.
 * @param {string} text
 * @returns {Record<string, string>}
 */
export function parseOsRelease(text) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of text.split("\n")) {
    const match = /^\s*([A-Z0-9_]+)=(["']?)(.*?)\2\s*$/.exec(line);
    if (match) fields[match[1]] = match[3];
  }
  return fields;
}

/**
 * The enabled binary sources of one file, which is deb822 when its name ends in `.sources` and
 * one-line otherwise.
 * @param {string} path
 * @param {string} text
 * @returns {AptSource[]}
 */
export function parseAptSources(path, text) {
  const sources = path.endsWith(".sources") ? parseStanzas(text) : parseLines(text);
  return sources.filter((source) => words(source.types).includes("deb") && !isNo(source.enabled));
}

/** @param {string} text */
function parseStanzas(text) {
  const uncommented = text.split("\n").filter((line) => !line.startsWith("#"));
  const stanzas = uncommented.join("\n").split(/\n[ \t]*\n/);
  return stanzas.map((stanza) => {
    /** @type {AptSource} */
    const source = {};
    let name = "";
    for (const line of stanza.split("\n")) {
      const field = /^([\w-]+):[ \t]*(.*)$/.exec(line);
      if (field) {
        name = field[1].toLowerCase();
        source[name] = field[2].trimEnd();
      } else if (name !== "" && /^[ \t]/.test(line)) {
        source[name] += `\n${line}`; // a continuation, such as a key written into `Signed-By`
      }
    }
    return source;
  });
}

/** @param {string} text */
function parseLines(text) {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) return [];
    const [, types, options = "", uris, suites, components] = match;
    /** @type {AptSource} */
    const source = { types, uris, suites, components: components.trim() };
    for (const [, key, value] of options.matchAll(/([\w-]+)=(\S+)/g)) {
      source[renamedOptions.get(key) ?? key] = value.replaceAll(",", " ");
    }
    return [source];
  });
}

/**
 * Whether one of the sources carries `suite`.
 * @param {readonly AptSource[]} sources
 * @param {string} suite
 */
export function offersSuite(sources, suite) {
  return sources.some((source) => words(source.suites).includes(suite));
}

/**
 * The backports stanza that fits this machine: its own source of `codename`, mirror, key and
 * options included, with the suite changed. `null` when there is no such source. Other vendors name
 * their suites after Debian's too, so a source that also has a `-updates` suite, or whose address
 * ends in `/debian`, is preferred.
 * @param {readonly AptSource[]} sources
 * @param {string} codename
 */
export function backportsSource(sources, codename) {
  const releases = sources.filter(
    ({ suites, components }) => words(suites).includes(codename) && words(components).includes("main"),
  );
  const source =
    releases.find(({ uris }) =>
      offersSuite(
        sources.filter((other) => other.uris === uris),
        `${codename}-updates`,
      ),
    ) ??
    releases.find(({ uris }) => words(uris).some((uri) => /\/debian\/?$/.test(uri))) ??
    releases[0];
  if (source === undefined) return null;
  const fields = { ...source, types: "deb", suites: `${codename}-backports` };
  return Object.entries(fields)
    .map(([name, value]) => `${name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())}: ${value}\n`)
    .join("");
}

/** @param {string | undefined} text */
function words(text) {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

/** @param {string | undefined} text */
function isNo(text) {
  return ["no", "false", "off", "0", "without", "disable"].includes((text ?? "yes").toLowerCase());
}
