// y[r, c] = (x[r, c] − m) − ln Σⱼ exp(x[r, j] − m), where m = maxⱼ x[r, j]
//
// x and y are [rows, channels]. One thread handles one row. A NaN makes its whole row NaN.
// Dispatch grid(⌈rows / 64⌉).
//@flops rows * (4 * channels + 1)

struct Params {
  rows: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [rows, channels]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [rows, channels]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let row = (group.y * 32768u + group.x) * 64u + thread;
  if row >= params.rows { return; }
  let start = row * params.channels;
  let end = start + params.channels;
  var most = x[start];
  for (var i = start + 1u; i < end; i++) { most = select(most, x[i], x[i] > most); }
  var total = 0.0;
  for (var i = start; i < end; i++) { total += exp(x[i] - most); }
  let shift = log(total);
  for (var i = start; i < end; i++) { y[i] = (x[i] - most) - shift; }
}
