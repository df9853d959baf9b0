// Gathers the rows of the table of ops, every `export const NAME: OpReference` of the files in
// src/tensor/reference, into src/audit/references/ops.generated.ts, so that a new op is in the
// table once its reference is written. `--check` writes nothing and fails when the generated file
// is stale. It runs with scripts/generate-shaders.mjs.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const REFERENCES = "src/tensor/reference";
const OUTPUT = "src/audit/references/ops.generated.ts";
const ROW = /^export const (\w+): OpReference\b/gm;

const files = readdirSync(REFERENCES)
  .filter((name) => name.endsWith(".ts"))
  .sort()
  .map((name) => {
    const rows = [...readFileSync(`${REFERENCES}/${name}`, "utf8").matchAll(ROW)].map(([, row = ""]) => row);
    return { file: `tensor/reference/${name.slice(0, -".ts".length)}`, rows };
  })
  .filter(({ rows }) => rows.length > 0);

const imports = files.map(({ file, rows }) => `import { ${rows.join(", ")} } from "../../${file}.ts";\n`);
const entries = files.flatMap(({ file, rows }) => rows.map((row) => `  ${row}: { ...${row}, file: "${file}" },\n`));
const output = `// Generated from ${REFERENCES}/*.ts by scripts/generate-table.mjs. Do not edit.
${imports.join("")}import type { OpReference } from "../../tensor/reference/reference.ts";

/** A row of an op with the file under src that says what the op computes. */
export interface OpRow extends OpReference {
  readonly file: string;
}

/** By the name of the op; compositions, which have no kernels, by that of their function. */
export const OPS: Readonly<Record<string, OpRow>> = {
${entries.join("")}};
`;

/** @returns {string} the present contents of the file */
function current() {
  try {
    return readFileSync(OUTPUT, "utf8");
  } catch {
    return "";
  }
}
if (current() !== output) {
  if (process.argv.includes("--check")) {
    console.error(`${OUTPUT} is stale; run \`npm run shaders\``);
    process.exitCode = 1;
  } else {
    writeFileSync(OUTPUT, output);
  }
}
