// y[z, j, i] = x[z, i, j]: turns matrices whose rows, on both sides, begin at multiples of 4 values.
// For drivers that run 8 lanes as one CPU vector. A lane turns 8 blocks of 4 × 4 side by side, of rows 4·i .. 4·i + 3 of x; rows past the
// last one give undefined values in the padding of y. Dispatch [⌈rows / 32⌉, ⌈columns / 32⌉, z].
//@flops 0

struct Params {
  rows: i32,     // of x
  columns: i32,  // of x
  pitchX: i32,   // from row to row, in vec4, as all that follow
  xz: i32,
  x0: i32,
  pitchY: i32,
  yz: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;        // [z, rows, columns] from x0
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;  // [z, columns, rows]

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = i32(group.x) * 8 + i32(lane);
  if (4 * i >= params.rows) { return; }
  let z = i32(group.z);
  let first = i32(group.y) * 8;
  for (var j = first; j < min(first + 8, (params.columns + 3) / 4); j++) {
    let at = params.x0 + z * params.xz + 4 * i * params.pitchX + j;
    let p = x[at];
    let q = x[at + params.pitchX];
    let r = x[at + 2 * params.pitchX];
    let s = x[at + 3 * params.pitchX];
    let to = z * params.yz + 4 * j * params.pitchY + i;
    let left = params.columns - 4 * j;
    y[to] = vec4f(p.x, q.x, r.x, s.x);
    if (left > 1) { y[to + params.pitchY] = vec4f(p.y, q.y, r.y, s.y); }
    if (left > 2) { y[to + 2 * params.pitchY] = vec4f(p.z, q.z, r.z, s.z); }
    if (left > 3) { y[to + 3 * params.pitchY] = vec4f(p.w, q.w, r.w, s.w); }
  }
}
