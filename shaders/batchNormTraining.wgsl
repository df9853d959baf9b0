// y[r, c] = (x[r, c] − m) / √(v + epsilon)
//   where m = Σᵣ x[r, c] / rows and v = Σᵣ (x[r, c] − m)² / rows
//
// One thread handles one channel c, so that neighbouring threads read neighbouring values. It is
// for few rows, such as the codes of a batch: the rows are summed one after another, in the order
// of sum.wgsl.
// Dispatch grid(⌈channels / WORKGROUP_SIZE⌉).
//@flops channels * (6 * rows + 4)

const WORKGROUP_SIZE: u32 = 64;  //@constant threads of a workgroup

struct Params {
  rows: u32,
  channels: u32,
  share: f32,  // 1 / rows
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [rows, channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [rows, channels]

// Numbers of the sums.
const MEAN = 0;
const VARIANCE = 1;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let c = (group.y * 32768u + group.x) * WORKGROUP_SIZE + thread;
  if c >= params.channels { return; }
  let known = moments(c);
  for (var r = 0u; r < params.rows; r++) {
    let i = r * params.channels + c;
    y[i] = (x[i] - known.mean) / known.deviation;
  }
}

// A term of a sum.
fn term(sum: i32, i: u32, known: Known) -> f32 {
  switch sum {
    case MEAN: { return x[i]; }
    default: { return (x[i] - known.mean) * (x[i] - known.mean); }
  }
}

//@include channelSums
