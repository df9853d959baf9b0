// y[y0 + Σₐ iₐ·yₐ] = x[x0 + Σₐ iₐ·xₐ] for all indices iₐ < nₐ of AXES axes
//
// Copies a box of values from any strides to any others. Axis a is the last but a, and those from
// AXES on are not read. A thread copies RUN values of the last axis. With FILL the values are
// `value`, and x is not read.
// Dispatch grid(⌈count / 64⌉), where count = ⌈n0 / RUN⌉ · n1 · n2 · … of all AXES axes.
//@flops 0

const AXES: i32 = 3;       //@constant 1 to 6
const RUN: i32 = 16;       //@constant values that a thread copies
const FILL: bool = false;  //@constant whether y is filled with `value`

struct Params {
  count: i32,  // threads that copy
  value: f32,
  xStart: i32,
  yStart: i32,
  n0: i32,     // lengths
  n1: i32,
  n2: i32,
  n3: i32,
  n4: i32,
  n5: i32,
  x0: i32,     // strides in x
  x1: i32,
  x2: i32,
  x3: i32,
  x4: i32,
  x5: i32,
  y0: i32,     // strides in y
  y1: i32,
  y2: i32,
  y3: i32,
  y4: i32,
  y5: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // any shape that holds the box
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // any shape that holds the box

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  if t >= params.count { return; }
  let n = array<i32, 6>(params.n0, params.n1, params.n2, params.n3, params.n4, params.n5);
  let xs = array<i32, 6>(params.x0, params.x1, params.x2, params.x3, params.x4, params.x5);
  let ys = array<i32, 6>(params.y0, params.y1, params.y2, params.y3, params.y4, params.y5);
  let runs = (params.n0 + RUN - 1) / RUN;
  var rest = t / runs;
  let first = (t - rest * runs) * RUN;
  var source = params.xStart + first * params.x0;
  var destination = params.yStart + first * params.y0;
  for (var a = 1; a < AXES - 1; a++) { //@unroll
    let outer = rest / n[a];
    let i = rest - outer * n[a];
    source += i * xs[a];
    destination += i * ys[a];
    rest = outer;
  }
  source += rest * xs[AXES - 1];  // of one axis the rest is 0
  destination += rest * ys[AXES - 1];
  for (var j = 0; j < min(RUN, params.n0 - first); j++) {
    if (FILL) {
      y[destination] = params.value;
    } else {
      y[destination] = x[source];
    }
    source += params.x0;
    destination += params.y0;
  }
}
