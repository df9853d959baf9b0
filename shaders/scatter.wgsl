// y[o, r, i] = Σₖ x[o, k, i] over all k with index[k] = r, in rising order
//
// The k of each row r form a chain in links, see links.wgsl. x is [outer, length, inner], y is
// [outer, rows, inner]. A thread sums one value, so that neighbouring threads read neighbouring
// values.
// Dispatch grid(⌈outer · rows · inner / 64⌉).
//@flops outer * length * inner

struct Params {
  outer: u32,
  rows: u32,
  length: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [outer, length, inner]
@group(0) @binding(2) var<storage, read> links: array<u32>;    // [rows + length]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [outer, rows, inner]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (group.y * 32768u + group.x) * 64u + thread;
  let row = t / params.inner;
  let i = t - row * params.inner;
  let o = row / params.rows;
  if o >= params.outer { return; }
  var sum = 0.0;
  var k = links[row - o * params.rows];
  while k < params.length {
    sum += x[(o * params.length + k) * params.inner + i];
    k = links[params.rows + k];
  }
  y[t] = sum;
}
