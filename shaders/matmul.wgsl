// y[z, m, n] = Σ_k a[z, m, k] · b[z, k, n]; a and b lie either way; their rows as they lie begin at even places, those of y at multiples of 4.
// For drivers that run 8 lanes as one CPU vector. A subgroup owns 32 × 32 values of y: a lane holds a vec4 of columns, and the rows'
// values of a are fetched spread over the lanes and broadcast. No workgroup memory, no barriers. Two steps of k at a time, in vec2s: a
// round then fetches 16 values for each lane, as many as a CPU has vector registers; with twice as many a quarter of the speed is gone.
// With kChunk < k, z counts ranges of k whose partial products are added afterwards.
// Dispatch [⌈m / 32⌉, ⌈n / 32⌉, z]. Rows and columns out of range are computed from whatever lies there and not stored.
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const AK: bool = true;     //@constant a lies along k, [m, k]; otherwise [k, m]
const BK: bool = false;    //@constant b lies along k, [n, k]; otherwise [k, n]
const MASK: bool = false;  //@constant k is odd: the step past its end counts as zero
const S = 8;               // lanes
const T = 32;              // rows and columns of a tile: four of each lane

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,  // even where it is less than k
  pitchA: i32,  // from row to row of a as it lies, in vec2, as what follows of a and b
  az: i32,
  a0: i32,
  pitchB: i32,
  bz: i32,
  b0: i32,
  pitchY: i32,  // in vec4, as y0
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec2f>;        // [z, m, k] or [z, k, m], from a0
@group(0) @binding(2) var<storage, read> b: array<vec2f>;        // [z, k, n] or [z, n, k], from b0
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
  var av: array<vec2f, 4>;                                      // AK: steps of row 8·i + l; else rows 4·l + 2·(i % 2) and the next, step i / 2
  var bv: array<vec2f, 4>;                                      // BK: steps of column i of four; else columns 2·(i % 2) and the next, step i / 2
  var pa: array<i32, 4>;
  var pb: array<i32, 4>;
  var x: array<f32, 2>;
  for (var i = 0; i < 4; i++) { //@unroll
    pa[i] = params.a0 + batch * params.az;
    pb[i] = params.b0 + batch * params.bz;
    if (AK) {
      pa[i] += (m0 + i * S + l) * params.pitchA + first / 2;
    } else {
      pa[i] += (first + i / 2) * params.pitchA + m0 / 2 + 2 * l + i % 2;
    }
    if (BK) {
      pb[i] += (4 * n0 + i) * params.pitchB + first / 2;
    } else {
      pb[i] += (first + i / 2) * params.pitchB + 2 * n0 + i % 2;
    }
  }
  let stepA = select(2 * params.pitchA, 1, AK);
  let stepB = select(2 * params.pitchB, 1, BK);
  for (var k = first; k < last; k += 2) {
    for (var i = 0; i < 4; i++) { //@unroll
      av[i] = a[pa[i]];
      bv[i] = b[pb[i]];
      pa[i] += stepA;
      pb[i] += stepB;
      if (MASK) {
        let live = vec2i(k, k + 1) < vec2i(last);
        if (AK) { av[i] = select(vec2f(), av[i], live); } else { av[i] = select(vec2f(), av[i], live[i / 2]); }
        if (BK) { bv[i] = select(vec2f(), bv[i], live); } else { bv[i] = select(vec2f(), bv[i], live[i / 2]); }
      }
    }
    for (var i = 0; i < T; i++) { //@unroll
      for (var u = 0; u < 2; u++) { //@unroll
        if (AK) {
          x[u] = subgroupBroadcast(av[i / S][u], u32(i % S));
        } else {
          x[u] = subgroupBroadcast(av[2 * u + i % 4 / 2][i % 2], u32(i / 4));
        }
      }
      for (var u = 0; u < 2; u++) { //@unroll
        if (BK) {
          acc[i] += x[u] * vec4f(bv[0][u], bv[1][u], bv[2][u], bv[3][u]);
        } else {
          acc[i] += x[u] * vec4f(bv[2 * u], bv[2 * u + 1]);
        }
      }
    }
  }
  let yz = params.y0 + z * params.m * params.pitchY;
  if (4 * n0 < params.n) {
    for (var i = 0; i < T; i++) { //@unroll
      if (m0 + i < params.m) { y[yz + (m0 + i) * params.pitchY + n0] = acc[i]; }
    }
  }
}
