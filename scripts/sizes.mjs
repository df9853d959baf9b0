// `npm run sizes`: what programs weigh in a page, and the package on its way to a user, each beside
// the most that test/scripts/bundle.test.ts allows. docs/decisions/sizes.md tells what they are.
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle, PAGES } from "./bundle.mjs";
import { main, noArguments, runQuietly, Stop } from "./command.mjs";
import { npmCommand, setup } from "./setup.mjs";

/**
 * What version 0.1 exported for tensors, transport and models, by today's names and entries: its
 * weight says what was added since to programs that import the same.
 */
const CORE = {
  "": `
    Adam DeviceLostError Engine FAMILIES Gpu TILES abs add affine autotune batchNorm bceWithLogits biasAdd biasRelu
    broadcast conv2d conv2dTranspose createParameters describeNonFinite div exp firstNonFinite hostRandom kernelsOf
    l1 leakyRelu log logSoftmax matmul mean moments mse mul normal philox relu reshape scale selfTest sigmoid size
    softmaxCrossEntropy sqrt square sub sum symmetricEigen tanh uniform valueAndGrad
  `,
  "/ot": `
    Cells STREAMS angleAt average certify conjugate conjugateAtTargets createMap createProblem depthInCells
    displacementInterpolation distanceToFacets evaluate evaluateHeights exactCells exactIndex extend kantorovich
    massCentres medianMargin neighbourGraph points polygon potential preimages quantileOf repairEmpty sample
    sampleClass singularSet solve solveClasses solveExact start step transport warmStart
  `,
  "/models": `
    NETWORKS NETWORK_NAMES NonFiniteError Training aeGaussian aeOt aeOtPaper autoencoderLayers autoencoderTask
    bernoulliCost byBatch byMoments calibrate calibrateSharpening cosineSchedule createCalibration criticLoss
    decodeCodes discriminatorLoss encodeImages fitAeGaussian fitAeOt fitAeOtPaper fitContinuousMap fitGaussian
    fitReconstruction gan generate gradientPenalty interpolate inverseMultiquadratic klToPrior layerMoments
    learnCodes mmd networkOf nonSaturatingLoss pixelSource planarGan planarTransport priorAutoencoder
    readCalibration reconstructImages reconstruction reparametrise squaredCost systemOfCodes train trainAutoencoder
    vae waeMmd wganGp
  `,
};

/**
 * @typedef {object} Size
 * @property {string} name
 * @property {string} program as for `bundle`
 * @property {number} most kB, minified and gzipped
 */

/** @type {readonly Size[]} */
export const PROGRAMS = [
  {
    name: "tensors: Engine, matmul, add",
    program: 'export { Engine, matmul, add } from "brenier";',
    most: 20,
  },
  { name: "the whole of brenier", program: 'export * from "brenier";', most: 59 },
  { name: "exact transport: solveExact", program: 'export { solveExact } from "brenier/ot";', most: 14.5 },
  {
    name: "transport: solve, createMap, transport",
    program:
      'export { Engine } from "brenier"; export { createMap, createProblem, points, solve, transport } from "brenier/ot";',
    most: 38,
  },
  {
    name: "tensors, transport and models that version 0.1 had",
    program: Object.entries(CORE)
      .map(([face, names]) => `export { ${names.trim().split(/\s+/).join(", ")} } from "brenier${face}";`)
      .join("\n"),
    most: 102.5,
  },
  { name: "draw in a page: dist/pages/generator.js", program: PAGES.generator.join("\n"), most: 68 },
  { name: "all for pages: dist/pages/brenier.js", program: PAGES.brenier.join("\n"), most: 136 },
];

/** Most kB of the package as npm packs it. */
export const MOST_PACKED = 910;

/** @param {string} text @returns {number} kB as a server sends them */
const zipped = (text) => gzipSync(text, { level: 9 }).length / 1000;

/** @param {Size} size @returns {Promise<number>} kB, minified and gzipped */
export const sizeOf = async ({ program }) => zipped(await bundle(program));

/** @returns {number} kB of the package as npm packs it, from what was built */
export function packedSize() {
  const { command, args, shell } = npmCommand(["pack", "--dry-run", "--json", "--ignore-scripts"]);
  const { failure, output } = runQuietly(command, args, { shell });
  const { size } = /"size": (?<size>\d+),\s+"unpackedSize"/.exec(output)?.groups ?? {};
  if (failure !== null || size === undefined)
    throw new Stop(`${output.trimEnd()}\nsizes: npm pack failed (${failure})`);
  return Number(size) / 1000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    noArguments("sizes");
    setup({ adapter: false });
    /** @param {number} size @param {number} most @param {string} name */
    const line = (size, most, name) =>
      console.log(`${size.toFixed(1).padStart(6)}  ${most.toFixed(1).padStart(6)}  ${name}`);
    console.log("    kB    most  minified and gzipped");
    for (const size of PROGRAMS) line(await sizeOf(size), size.most, size.name);
    line(packedSize(), MOST_PACKED, "the package as npm packs it");
  });
}
