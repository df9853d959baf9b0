// y[z, m, n] = Σ_k a[z, m, k] · b[z, k, n], any sizes and strides: a(z, m, k) lies at z·az + m·am + k·ak, b likewise. z is a batch
// or, with kChunk < k, a range of k whose partial sums are added afterwards. For drivers that run 8 lanes as one CPU vector: a
// subgroup owns TM rows × 8·CL columns in registers, fetches TM rows of a spread over its lanes and broadcasts them.
// Dispatch [⌈m / TM⌉, ⌈n / (8·CL)⌉, z]. Rows and columns out of range are computed from whatever lies there and not stored.
enable subgroups;

const TM: i32 = 32;  //@constant rows of a tile
const CL: i32 = 4;   //@constant columns of a lane
const KU: i32 = 2;   //@constant steps of k between two rounds of loads
const S = 8;         // lanes
const RA = TM / S;

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  bk: i32,
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;        // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<f32>;        // [z, k, n] in any order, from b0
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [z, m, n] from y0

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * (S * CL) + l;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  var acc: array<f32, TM * CL>;
  var av: array<f32, KU * RA>;
  var bv: array<f32, KU * CL>;
  var x: array<f32, KU>;
  var pa = params.a0 + select(z, 0, split) * params.az + (m0 + l) * params.am + first * params.ak;
  var pb = params.b0 + select(z, 0, split) * params.bz + n0 * params.bn + first * params.bk;
  for (var k = first; k < last; k += KU) {
    for (var u = 0; u < KU; u++) { //@unroll
      let inside = k + u < last;
      for (var j = 0; j < CL; j++) { //@unroll
        bv[u * CL + j] = select(0.0, b[pb + u * params.bk + j * S * params.bn], inside);
      }
      for (var r = 0; r < RA; r++) { //@unroll
        av[u * RA + r] = select(0.0, a[pa + u * params.ak + r * S * params.am], inside);
      }
    }
    for (var i = 0; i < TM; i++) { //@unroll
      for (var u = 0; u < KU; u++) { //@unroll
        x[u] = subgroupBroadcast(av[u * RA + i / S], u32(i % S));
      }
      for (var j = 0; j < CL; j++) { //@unroll
        for (var u = 0; u < KU; u++) { //@unroll
          acc[i * CL + j] += x[u] * bv[u * CL + j];
        }
      }
    }
    pa += KU * params.ak;
    pb += KU * params.bk;
  }
  let yz = params.y0 + z * params.m * params.n;
  for (var j = 0; j < CL; j++) { //@unroll
    let n = n0 + j * S;
    if (n < params.n) {
      for (var i = 0; i < TM; i++) { //@unroll
        if (m0 + i < params.m) { y[yz + (m0 + i) * params.n + n] = acc[i * CL + j]; }
      }
    }
  }
}
