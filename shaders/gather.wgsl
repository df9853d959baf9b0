// y[o, k, i] = x[o, index[k], i], or `missing` where index[k] is no whole number from 0 to rows − 1
//
// x is [outer, rows, inner], index [length], y [outer, length, inner]. A thread copies RUN values
// of a row. No value outside of x is read, whatever index holds.
// Dispatch grid(⌈count / 64⌉), where count = outer · length · ⌈inner / RUN⌉.
//@flops 0

const RUN: u32 = 16;  //@constant values that a thread copies

struct Params {
  count: u32,
  rows: u32,
  length: u32,
  inner: u32,
  missing: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [outer, rows, inner]
@group(0) @binding(2) var<storage, read> index: array<f32>;    // [length]
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [outer, length, inner]

//@include wholeBits

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (group.y * 32768u + group.x) * 64u + thread;
  if t >= params.count { return; }
  let runs = (params.inner + RUN - 1u) / RUN;
  let row = t / runs;  // of y
  let first = (t - row * runs) * RUN;
  let o = row / params.length;
  let v = index[row - o * params.length];
  let r = min(u32(v), params.rows - 1u);
  let there = bitcast<u32>(f32(r)) == wholeBits(v);
  let source = (o * params.rows + r) * params.inner + first;
  let destination = row * params.inner + first;
  for (var j = 0u; j < min(RUN, params.inner - first); j++) {
    y[destination + j] = select(params.missing, x[source + j], there);
  }
}
