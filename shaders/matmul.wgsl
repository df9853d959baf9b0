// y[z, m, n] = Σ_k a[z, m, k] · b[z, k, n], a with any strides; rows of y, and of b as it lies, at multiples of 4 values.
// For drivers that run 8 lanes as one CPU vector. A subgroup owns TM rows × 32·TV columns of y in registers: a lane holds TV vec4
// of columns, and the rows' values of a are fetched spread over the lanes and broadcast. No workgroup memory, no barriers.
// With kChunk < k, z counts ranges of k whose partial products are added afterwards.
// Dispatch [⌈m / TM⌉, ⌈n / (32·TV)⌉, z]. Rows and columns out of range are computed from whatever lies there and not stored.
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const BK: bool = false;  //@constant b lies along k, [n, k], and k is a multiple of 4; otherwise [k, n]
const MASK: bool = false;  //@constant k ends within a round, whose rest counts as zero
const TM: i32 = 32;      //@constant rows of a tile, a multiple of 8
const TV: i32 = 2;       //@constant vec4 columns of a lane; 1 where BK
const KU: i32 = 2;       //@constant steps of k between two rounds of loads; 4 where BK
const S = 8;             // lanes
const RA = TM / S;
const BR = 4 * TV;       // at least KU * TV

struct Params {
  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,
  am: i32,
  ak: i32,
  az: i32,
  a0: i32,
  pitchB: i32,  // vec4s from row to row of b as it lies
  bz: i32,      // in vec4, as all that follow
  b0: i32,
  pitchY: i32,
  y0: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;          // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<vec4f>;        // [z, k, n] or [z, n, k], from b0
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;  // [z, m, n] from y0

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * (S * TV) + l;                         // in vec4
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let batch = select(z, 0, split);
  var acc: array<vec4f, TM * TV>;
  var av: array<f32, KU * RA>;
  var bv: array<vec4f, BR>;
  var x: array<f32, KU>;
  var pa = params.a0 + batch * params.az + (m0 + l) * params.am + first * params.ak;
  var pb = params.b0 + batch * params.bz;
  if (BK) { pb += 4 * n0 * params.pitchB + first / 4; } else { pb += first * params.pitchB + n0; }
  for (var k = first; k < last; k += KU) {
    if (BK) {
      for (var c = 0; c < 4; c++) { //@unroll
        bv[c] = b[pb + c * params.pitchB];
      }
    } else {
      for (var u = 0; u < KU; u++) { //@unroll
        for (var j = 0; j < TV; j++) { //@unroll
          bv[u * TV + j] = b[pb + u * params.pitchB + j * S];
          if (MASK) { bv[u * TV + j] = select(vec4f(), bv[u * TV + j], k + u < last); }
        }
      }
    }
    for (var u = 0; u < KU; u++) { //@unroll
      for (var r = 0; r < RA; r++) { //@unroll
        av[u * RA + r] = a[pa + u * params.ak + r * S * params.am];
        if (MASK) { av[u * RA + r] = select(0.0, av[u * RA + r], k + u < last); }
      }
    }
    for (var i = 0; i < TM; i++) { //@unroll
      for (var u = 0; u < KU; u++) { //@unroll
        x[u] = subgroupBroadcast(av[u * RA + i / S], u32(i % S));
      }
      for (var j = 0; j < TV; j++) { //@unroll
        for (var u = 0; u < KU; u++) { //@unroll
          if (BK) {
            acc[i] += x[u] * vec4f(bv[0][u], bv[1][u], bv[2][u], bv[3][u]);
          } else {
            acc[i * TV + j] += x[u] * bv[u * TV + j];
          }
        }
      }
    }
    pa += KU * params.ak;
    if (BK) { pb += 1; } else { pb += KU * params.pitchB; }
  }
  let yz = params.y0 + z * params.m * params.pitchY;
  for (var j = 0; j < TV; j++) { //@unroll
    if (4 * (n0 + j * S) < params.n) {
      for (var i = 0; i < TM; i++) { //@unroll
        if (m0 + i < params.m) { y[yz + (m0 + i) * params.pitchY + n0 + j * S] = acc[i * TV + j]; }
      }
    }
  }
}
