// y[o, j] = Σₖ x[o, j + k · width] over all k with j + k · width < row: x [outer, row], y [outer, width], width a multiple of 4.
// With FOLD, width is 4 and y[o] the sum of its four values. A thread sums one vec4 of [outer, width], so that neighbours read
// neighbours; dispatch grid(⌈outer · width / 256⌉). row is a multiple of 4 or outer 1, whose last vec4 may reach into the padding.

const FOLD: bool = false;  //@constant
const BLOCK: u32 = 4;      // terms per partial sum: rounding grows with 4 + terms / 4 instead of terms

struct Params {
  outer: u32,
  row: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;      // [outer, row], ⌈size / 4⌉ vectors
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [outer, width], with FOLD [outer]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * 32768u + group.x) * 64u + lane;
  let width = params.width / 4u;
  if i >= params.outer * width { return; }
  let row = params.row / 4u;  // whole vec4s
  let o = i / width;
  let j = i % width;
  let terms = (row + width - 1u - j) / width;
  var at = o * row + j;
  var total = vec4f();
  for (var block = 0u; block < terms / BLOCK; block++) {
    var part = vec4f();
    for (var k = 0; k < BLOCK; k++) {  //@unroll
      part += x[at + k * width];
    }
    total += part;
    at += BLOCK * width;
  }
  var rest = vec4f();
  for (var k = 0u; k < terms % BLOCK; k++) {
    rest += x[at];
    at += width;
  }
  if at == row {  // the values after the last whole vec4, for outer = 1
    rest += select(vec4f(), x[row], vec4u(0u, 1u, 2u, 3u) < vec4u(params.row % 4u));
  }
  total += rest;
  if FOLD {
    y[o] = (total.x + total.y) + (total.z + total.w);
  } else {
    y[4u * i] = total.x;
    y[4u * i + 1u] = total.y;
    y[4u * i + 2u] = total.z;
    y[4u * i + 3u] = total.w;
  }
}
