// dx[r, c] = (dy[r, c] − Σₛ dy[s, c] / rows − y[r, c] · Σₛ dy[s, c] · y[s, c] / rows) / d
//   where d = √(v + epsilon) and y[r, c] = (x[r, c] − m) / d, with the mean m and the variance v of
//   x over the rows
//
// The gradient of batchNormTraining.wgsl, as the chain rule gives it step by step, and who computes
// what as there.
// Dispatch grid(⌈channels / WORKGROUP_SIZE⌉).
//@flops channels * (19 * rows + 11)

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup

struct Params {
  rows: u32,
  channels: u32,
  share: f32,  // 1 / rows
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;        // [rows, channels]
@group(0) @binding(2) var<storage, read> x: array<f32>;         // [rows, channels]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;  // [rows, channels]

// Numbers of the sums.
const MEAN = 0;
const VARIANCE = 1;
const DEVIATION = 2;
const DIRECT = 3;
const SQUARES = 4;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let c = (group.y * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if c >= params.channels { return; }
  var known = moments(c);
  // of the deviation d, then of each square in the variance, divided by x − m
  let dDeviation = -channelSum(DEVIATION, c, known);
  known.through = 2.0 * (params.share * (0.5 * dDeviation / known.deviation));
  let dMean = -channelSum(DIRECT, c, known) - channelSum(SQUARES, c, known);
  let dRow = params.share * dMean;
  for (var r = 0u; r < params.rows; r++) {
    let i = r * params.channels + c;
    dx[i] = term(DIRECT, i, known) + term(SQUARES, i, known) + dRow;
  }
}

// A term of a sum.
fn term(sum: i32, i: u32, known: Known) -> f32 {
  let off = x[i] - known.mean;
  switch sum {
    case MEAN: { return x[i]; }
    case VARIANCE: { return off * off; }
    case DEVIATION: { return dy[i] * (off / known.deviation) / known.deviation; }
    case DIRECT: { return dy[i] / known.deviation; }
    default: { return known.through * off; }
  }
}

//@include channelSums
