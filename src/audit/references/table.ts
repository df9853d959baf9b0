// The table of ops and kernels: for each the float64 reference, how far float32 may be off, what a
// dispatch writes and how many operations it takes. Audits read it, and so do the tests of ops. No
// op imports it, so that bundles stay small.
import type { Kernel } from "../../kernels/kernel.ts";
import * as shaders from "../../kernels/shaders.generated.ts";
import type { KernelName } from "../../tensor/reference/reference.ts";
import { checkAssign, checkTop } from "./assignChecks.ts";
import type { Check } from "./dispatched.ts";
import { checkFlips, checkFlipsIndex, checkMerge } from "./flipsChecks.ts";
import * as checks from "./kernelChecks.ts";
import { OPS } from "./ops.generated.ts";
import * as written from "./written.ts";

/** A row of a kernel. */
export interface KernelRow {
  /** Text, bindings and flops, generated from the kernel's file in shaders/. */
  readonly kernel: Kernel;
  /**
   * Ops that dispatch the kernel. Their results are compared with the reference of the op as a
   * whole.
   */
  readonly ops: readonly string[];
  /** Compares a dispatch outside of ops with the kernel's own reference. */
  readonly check: Check | undefined;
  /** Files under src that say in float64 what the ops and the kernel compute. */
  readonly files: readonly string[];
  /** Which values of its outputs a dispatch writes. */
  readonly writes: written.Rule;
}

interface Own {
  readonly check?: Check;
  /** File of the reference that `check` uses. */
  readonly file?: string;
  readonly writes?: written.Rule;
}

const HERE = "audit/references/kernelChecks"; // references of one or two lines stand in that file
const assign: Own = { check: checkAssign, file: "ot/reference/assign", writes: written.assigned };
const flips: Own = { check: checkFlips, file: "ot/reference/flips", writes: written.flipped };
const flipsIndex: Own = { check: checkFlipsIndex, file: "ot/reference/flips", writes: written.won };
const topK: Own = { check: checkTop, file: "ot/reference/assign", writes: written.listed };

/**
 * The parts of a kernel's row that its ops do not give: how it is checked where it runs outside of
 * ops, and what it writes where that is not all of its outputs.
 */
const OWN: { readonly [K in KernelName]?: Own } = {
  adam: { check: checks.checkAdam, file: "autograd/reference/adam" },
  assignPortable: assign,
  assignSubgroup: assign,
  assignTiled: assign,
  col2im: { writes: written.folded },
  draw: { check: checks.checkDraw, file: "ot/reference/draw", writes: written.drawn },
  drawRows: { check: checks.checkRows, file: "ot/reference/draw", writes: written.drawn },
  finite: { check: checks.checkFinite, file: HERE },
  flipsIndexPortable: flipsIndex,
  flipsIndexSubgroup: flipsIndex,
  flipsMerge: { check: checkMerge, file: "audit/references/flipsChecks", writes: written.merged },
  flipsPortable: flips,
  flipsSubgroup: flips,
  im2col: { writes: written.unfolded },
  lanes: { check: checks.checkLanes, file: HERE },
  links: { writes: written.nothing },
  matmulPortable: { writes: written.product(1) },
  matmulSubgroup: { writes: written.product(4) },
  matmulTiled: { writes: written.product(1) },
  move: { writes: written.moved },
  peak: { check: checks.checkPeak, file: HERE },
  random: { check: checks.checkBits, file: "math/philox" },
  rowsDown: { writes: written.units(0, 8) },
  rowsUp: { writes: written.units(1, 8) },
  sgd: { check: checks.checkSgd, file: "autograd/reference/sgd" },
  taps: { writes: written.units(1, 32) },
  topKPortable: topK,
  topKSubgroup: topK,
};

function rowOf(kernel: Kernel): KernelRow {
  const { check, file, writes = written.everything }: Own = OWN[kernel.name as KernelName] ?? {};
  const served = Object.entries(OPS).filter(([, { kernels }]) => kernels.includes(kernel.name as KernelName));
  const files = new Set([...served.map(([, op]) => op.file), ...(file === undefined ? [] : [file])]);
  return { kernel, ops: served.map(([name]) => name), check, files: [...files], writes };
}

/** Every kernel by its name. */
export const KERNELS: Readonly<Record<string, KernelRow>> = Object.fromEntries(
  Object.values(shaders).map((kernel) => [kernel.name, rowOf(kernel)]),
);
