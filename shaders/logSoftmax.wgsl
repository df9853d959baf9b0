// y[o, k, i] = (x[o, k, i] − m) − ln Σⱼ exp(x[o, j, i] − m), where m = maxⱼ x[o, j, i]
//
// x and y are [rows / inner, channels, inner]. One thread handles one row: the values with the same
// o and i. A NaN makes its whole row NaN.
// Dispatch grid(⌈rows / 64⌉).
//@flops rows * (4 * channels + 1)

struct Params {
  rows: u32,
  channels: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [rows / inner, channels, inner]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [rows / inner, channels, inner]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = (group.y * 32768u + group.x) * 64u + thread;
  if row >= params.rows { return; }
  let inner = params.inner;
  let o = row / inner;
  let start = o * params.channels * inner + (row - o * inner);
  let end = start + params.channels * inner;
  var most = x[start];
  for (var i = start + inner; i < end; i += inner) { most = select(most, x[i], x[i] > most); }
  var total = 0.0;
  for (var i = start; i < end; i += inner) { total += exp(x[i] - most); }
  let shift = log(total);
  for (var i = start; i < end; i += inner) { y[i] = (x[i] - most) - shift; }
}
