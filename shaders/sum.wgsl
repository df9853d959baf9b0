// y[o, j] = Σₖ x[o, j + k · width] over all k with j + k · width < row
//
// x is [outer, row], y is [outer, width], with width ≤ row and any lengths; sumVectors.wgsl is the
// faster kernel for whole vec4s. A thread sums one value of y, so that neighbouring threads read
// neighbouring values.
// Dispatch grid(⌈outer · width / 64⌉).
//@flops outer * row

const BLOCK: u32 = 4;  // terms per partial sum: rounding grows with 4 + terms / 4 instead of terms

struct Params {
  outer: u32,
  row: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [outer, row]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [outer, width]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  let width = params.width;
  if i >= params.outer * width { return; }
  let o = i / width;
  let j = i % width;
  let terms = (params.row + width - 1u - j) / width;
  var at = o * params.row + j;
  var total = 0.0;
  for (var block = 0u; block < terms / BLOCK; block++) {
    var part = 0.0;
    for (var k = 0; k < BLOCK; k++) {  //@unroll
      part += x[at + k * width];
    }
    total += part;
    at += BLOCK * width;
  }
  var rest = 0.0;
  for (var k = 0u; k < terms % BLOCK; k++) {
    rest += x[at];
    at += width;
  }
  y[i] = total + rest;
}
