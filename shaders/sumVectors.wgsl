// y[o, c, j] = Σₖ x[o, c · chunk + j + k · width] over all k within chunk c and the row
//
// x is [outer, row], y is [outer, chunks, width]. width is a multiple of 4, and chunk a multiple of
// width. row is a multiple of 4, unless outer is 1: then its last vec4 may reach into the padding.
// A thread sums one vec4 of y, so that neighbouring threads read neighbouring vec4s and a chunk is
// read from front to back.
// Dispatch grid(⌈outer · chunks · width / 256⌉).
//@flops outer * row

const FOLD: bool = false;  //@constant for width 4 and one chunk: y[o] is the sum of the four values
// terms per partial sum: rounding grows with 4 + terms / 4 instead of terms
const BLOCK: u32 = 4;

struct Params {
  outer: u32,
  row: u32,
  chunk: u32,
  chunks: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;      // [outer, row], ⌈size / 4⌉ vectors
// [outer, chunks, width], with FOLD [outer]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = (group.y * 32768u + group.x) * 64u + thread;
  let width = params.width / 4u;
  if i >= params.outer * params.chunks * width { return; }
  let row = params.row / 4u;  // whole vec4s
  let o = i / width / params.chunks;
  let c = i / width % params.chunks;
  let start = c * (params.chunk / 4u) + i % width;
  let most = params.chunk / params.width;
  var terms = 0u;
  if start < row { terms = min(most, (row - start + width - 1u) / width); }
  var at = o * row + start;
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
  if at == row && terms < most {  // the values after the last whole vec4, for outer = 1
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
