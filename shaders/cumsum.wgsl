// y[o, k, i] = Σ x[o, j, i] over j ≤ k, with REVERSE over j ≥ k
//
// x and y are [outer, length, inner]. A thread handles the values with the same o and i, one after
// another.
// Dispatch grid(⌈outer · inner / 64⌉).
//@flops outer * length * inner

const REVERSE: bool = false;  //@constant

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [outer, length, inner]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let line = (group.y * 32768u + group.x) * 64u + thread;
  let inner = params.inner;
  let o = line / inner;
  if o >= params.outer { return; }
  let start = o * params.length * inner + (line - o * inner);
  var total = 0.0;
  for (var k = 0u; k < params.length; k++) {
    let at = start + select(k, params.length - 1u - k, REVERSE) * inner;
    total += x[at];
    y[at] = total;
  }
}
