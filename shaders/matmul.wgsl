// y[z, m, n] = Σ_k a[z, m, k] · b[z, k, n]; a and b lie either way, and their rows as they lie, like those of y, at multiples of 4 values.
// For drivers that run 8 lanes as one CPU vector. A subgroup owns 32 × 32 values of y in registers: a lane holds a vec4 of columns, and
// the rows' values of a are fetched in vec4s, spread over the lanes, and broadcast. No workgroup memory, no barriers.
// With kChunk < k, z counts ranges of k whose partial products are added afterwards.
// Dispatch [⌈m / 32⌉, ⌈n / 32⌉, z]. Rows and columns out of range are computed from whatever lies there and not stored.
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const AK: bool = true;     //@constant a lies along k, [m, k]; otherwise [k, m]
const BK: bool = false;    //@constant b lies along k, [n, k]; otherwise [k, n]
const MASK: bool = false;  //@constant k ends within a round, whose rest counts as zero
const S = 8;               // lanes
const T = 32;              // rows and columns of a tile: four of each lane

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,  // a multiple of 4 where it is less than k
  pitchA: i32,  // vec4s from row to row of a as it lies
  az: i32,      // in vec4, as all that follow
  a0: i32,
  pitchB: i32,
  bz: i32,
  b0: i32,
  pitchY: i32,
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;        // [z, m, k] or [z, k, m], from a0
@group(0) @binding(2) var<storage, read> b: array<vec4f>;        // [z, k, n] or [z, n, k], from b0
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // [z, m, n] from y0

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * T;
  let n0 = i32(group.y) * S + l;                                // in vec4
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let batch = select(z, 0, split);
  var acc: array<vec4f, T>;
  var av: array<vec4f, 4>;                                      // row i, step u: AK [i / S][u] of lane i % S, else [u][i % 4] of lane i / 4
  var bv: array<vec4f, 4>;                                      // column c of four, step u: BK [c][u], else [u][c]
  var x: array<f32, 4>;
  var pa = params.a0 + batch * params.az;
  var pb = params.b0 + batch * params.bz;
  if (AK) { pa += (m0 + l) * params.pitchA + first / 4; } else { pa += first * params.pitchA + m0 / 4 + l; }
  if (BK) { pb += 4 * n0 * params.pitchB + first / 4; } else { pb += first * params.pitchB + n0; }
  for (var k = first; k < last; k += 4) {
    let live = vec4i(k, k + 1, k + 2, k + 3) < vec4i(last);
    for (var i = 0; i < 4; i++) { //@unroll
      if (AK) { av[i] = a[pa + i * S * params.pitchA]; } else { av[i] = a[pa + i * params.pitchA]; }
      bv[i] = b[pb + i * params.pitchB];
      if (MASK) {
        if (AK) { av[i] = select(vec4f(), av[i], live); } else { av[i] = select(vec4f(), av[i], live[i]); }
        if (BK) { bv[i] = select(vec4f(), bv[i], live); } else { bv[i] = select(vec4f(), bv[i], live[i]); }
      }
    }
    for (var i = 0; i < T; i++) { //@unroll
      for (var u = 0; u < 4; u++) { //@unroll
        if (AK) {
          x[u] = subgroupBroadcast(av[i / S][u], u32(i % S));
        } else {
          x[u] = subgroupBroadcast(av[u][i % 4], u32(i / 4));
        }
      }
      for (var u = 0; u < 4; u++) { //@unroll
        if (BK) {
          acc[i] += x[u] * vec4f(bv[0][u], bv[1][u], bv[2][u], bv[3][u]);
        } else {
          acc[i] += x[u] * bv[u];
        }
      }
    }
    if (AK) { pa += 1; } else { pa += 4 * params.pitchA; }
    if (BK) { pb += 1; } else { pb += 4 * params.pitchB; }
  }
  let yz = params.y0 + z * params.m * params.pitchY;
  if (4 * n0 < params.n) {
    for (var i = 0; i < T; i++) { //@unroll
      if (m0 + i < params.m) { y[yz + (m0 + i) * params.pitchY + n0] = acc[i]; }
    }
  }
}
