// y[y0 + z·yz + i·yi + j] = x[x0 + z·xz + i·xi + j·xj] for i < rows, j < columns
//
// Copies matrices into rows of another pitch. A thread copies 16 values of a row.
// Dispatch grid(⌈count / 64⌉), where count = matrices · rows · ⌈columns / 16⌉.
//@flops 0

struct Params {
  count: i32,    // threads that copy: z · rows · ⌈columns / 16⌉
  rows: i32,
  columns: i32,
  x0: i32,
  xz: i32,
  xi: i32,
  xj: i32,
  y0: i32,
  yz: i32,
  yi: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
// [z, rows, columns] in any order, from x0
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [z, rows, yi] from y0

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  if t >= params.count { return; }
  let blocks = (params.columns + 15) / 16;
  let row = t / blocks;
  let j0 = t % blocks * 16;
  let z = row / params.rows;
  let i = row % params.rows;
  let source = params.x0 + z * params.xz + i * params.xi;
  let destination = params.y0 + z * params.yz + i * params.yi;
  for (var j = j0; j < min(j0 + 16, params.columns); j++) {
    y[destination + j] = x[source + j * params.xj];
  }
}
