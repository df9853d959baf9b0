// y[z, m, n] = Σ_k a[z, k, m] · b[z, k, n]; both sides lie across k; their rows, and those of y, begin at multiples of 4 values.
// For drivers that run 8 lanes as one CPU vector. A subgroup owns 32 × 32 values of y: a lane holds a vec4 of columns, and the rows'
// values of a are fetched spread over the lanes, a vec4 each, and broadcast. No workgroup memory, no barriers. Two steps of k at a
// time: their values of b stay in 8 of a CPU's 16 vector registers; with those of four steps a quarter of the speed is gone.
// With kChunk < k, z counts ranges of k whose partial products are added afterwards.
// Dispatch [⌈m / 32⌉, ⌈n / 32⌉, z]. Rows and columns out of range are computed from whatever lies there and not stored.
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const MASK: bool = false;  //@constant k or kChunk is odd: what is past the end counts as zero
const S = 8;               // lanes
const T = 32;              // rows and columns of a tile: four of each lane
const KU = 2;              // steps of k between two rounds of loads

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  pitchA: i32,  // from row to row, in vec4, as all that follow
  az: i32,
  a0: i32,
  pitchB: i32,
  bz: i32,
  b0: i32,
  pitchY: i32,
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;        // [z, k, m] from a0
@group(0) @binding(2) var<storage, read> b: array<vec4f>;        // [z, k, n] from b0
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
  var av: array<vec4f, KU>;
  var bv: array<vec4f, KU>;
  var x: array<f32, KU>;
  var pa = params.a0 + batch * params.az + first * params.pitchA + m0 / 4 + l;
  var pb = params.b0 + batch * params.bz + first * params.pitchB + n0;
  for (var k = first; k < last; k += KU) {
    for (var u = 0; u < KU; u++) { //@unroll
      av[u] = a[pa + u * params.pitchA];
      bv[u] = b[pb + u * params.pitchB];
      if (MASK) {
        av[u] = select(vec4f(), av[u], k + u < last);
        bv[u] = select(vec4f(), bv[u], k + u < last);
      }
    }
    for (var i = 0; i < T; i++) { //@unroll
      for (var u = 0; u < KU; u++) { //@unroll
        x[u] = subgroupBroadcast(av[u][i % 4], u32(i / 4));
      }
      for (var u = 0; u < KU; u++) { //@unroll
        acc[i] += x[u] * bv[u];
      }
    }
    pa += KU * params.pitchA;
    pb += KU * params.pitchB;
  }
  let yz = params.y0 + z * params.m * params.pitchY;
  if (4 * n0 < params.n) {
    for (var i = 0; i < T; i++) { //@unroll
      if (m0 + i < params.m) { y[yz + (m0 + i) * params.pitchY + n0] = acc[i]; }
    }
  }
}
