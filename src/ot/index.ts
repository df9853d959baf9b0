// `brenier/ot`: semi-discrete optimal transport. See problem.ts for the terms.
export { STREAMS } from "../math/streams.ts";
export { Cells } from "./cells/cells.ts";
export type { Assignment, CellCounter, Detail, DeviceCells, OpenCounter, Question, TopK } from "./cells/counter.ts";
export { type Evaluation, evaluate, evaluateCells, evaluateHeights, type IndependentDraw } from "./cells/evaluation.ts";
export { type CellsOptions, PlainCells } from "./cells/plainCells.ts";
export { type Certificate, type CertificateOptions, certify } from "./certificate/certificate.ts";
export { type ClassMap, type ClassMaps, sampleClass, solveClasses } from "./classes.ts";
export {
  type ExactCells,
  type ExactOptions,
  type ExactProgress,
  type ExactSolution,
  exactCells,
  exactSteps,
  solveExact,
} from "./exact/exact.ts";
export { exactIndex } from "./exact/exactMap.ts";
export { type Polygons, polygon } from "./exact/plane/polygons.ts";
export { depthInCells, distanceToFacets, type Facets, singularSet } from "./exact/singularSet.ts";
export { extend, type SampleOptions, sample } from "./extension/extend.ts";
export { type FitFacetOptions, fitFacet } from "./extension/fitFacet.ts";
export type {
  ChartRule,
  Extended,
  FacetRule,
  LocalRule,
  PaperRule,
  PlainRule,
  Rule,
} from "./extension/rule.ts";
export { angleAt, type GraphOptions, type NeighbourGraph, neighbourGraph, quantileOf } from "./map/graph.ts";
export {
  createMap,
  type MassCentreOptions,
  type MassCentres,
  massCentres,
  potential,
  type Transported,
  type TransportMap,
  transport,
} from "./map/map.ts";
export {
  conjugate,
  conjugateAtTargets,
  displacementInterpolation,
  type Kantorovich,
  kantorovich,
  type Preimage,
  preimages,
} from "./map/potentials.ts";
export { cellsInPlane, type NearestFacet, nearestFacet, type Plane } from "./map/slice.ts";
export { type Points, points } from "./points.ts";
export { createProblem, type Gathered, gatherForDevice, type Problem, type ProblemOptions } from "./problem.ts";
export { average, learningRateAt, type Round, type State, start, step } from "./solver/descent.ts";
export { leastChi2 } from "./solver/leastChi2.ts";
export { choosePilot, type Pilot } from "./solver/pilot.ts";
export type { PaperOptions, Progress, Solution, SolveOptions, SolverState } from "./solver/solution.ts";
export { SAMPLES_PER_TARGET, solve } from "./solver/solver.ts";
export { medianMargin, type Repair, repairEmpty, warmStart } from "./solver/warmStart.ts";
export { type Density, type Draw, FLIPS, type Flips, type SampleSource, type Source } from "./source.ts";
