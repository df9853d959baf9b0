// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// For GPUs. A workgroup computes TM × TN values of y and steps through k by TK, with the tiles of a
// and b double-buffered in workgroup memory: one is filled while the other is read. With
// kChunk < k, z counts ranges of k, whose partial products are added afterwards.
// Dispatch [⌈n / TN⌉, ⌈m / TM⌉, z].
//
// A vec4 of a tile holds rows g, g + TM/4, g + 2 TM/4 and g + 3 TM/4 of a, and likewise columns of
// b. So neighbouring threads load and store neighbouring values one by one, whatever the alignment,
// and still exchange vec4s through workgroup memory. A row of vec4s is padded to an odd number of
// them, so that threads that walk along k write to different banks.
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)

const TM: i32 = 64;  //@constant rows of a tile
const TN: i32 = 64;  //@constant columns of a tile
// With 8 the tiles fit into the smallest workgroup memory that WebGPU guarantees.
const TK: i32 = 8;   //@constant steps of k in a tile
const RM: i32 = 8;   //@constant rows of a thread, a multiple of 4
const RN: i32 = 8;   //@constant columns of a thread, a multiple of 4
const KU: i32 = 4;   //@constant steps of k that are unrolled, divides TK
const A_ALONG_K: bool = true;   //@constant whether neighbours in a are neighbours in k, not in m
const B_ALONG_K: bool = false;  //@constant whether neighbours in b are neighbours in k, not in n
const X = TN / RN;                   // threads side by side along n
const Y = TM / RM;
const T = X * Y;
const GA = TM / 4;                   // vec4s in a row of a tile
const GB = TN / 4;
const PA = GA + 1;
const PB = GB + 1;
const SA = TK * TM / 4 / T;          // vec4s that a thread loads
const SB = TK * TN / 4 / T;
const QA = RM / 4;
const QB = RN / 4;

struct Params {
//@include productParams
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;        // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<f32>;        // [z, k, n] in any order, from b0
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [z, m, pitchY ≥ n] from y0

var<workgroup> tileA: array<vec4f, 2 * TK * PA>;  // [2, TK, PA]
var<workgroup> tileB: array<vec4f, 2 * TK * PB>;  // [2, TK, PB]

@compute @workgroup_size(X, Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let tx = i32(local.x);
  let ty = i32(local.y);
  let t = local.y * u32(X) + local.x;
  let m0 = i32(group.y) * TM;
  let n0 = i32(group.x) * TN;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;

  // For each vec4 that this thread loads: its step of k, its index in the tile, and the offsets of
  // its four values. Rows and columns out of range read those at the edge, and are not stored at
  // the end.
  var ka: array<i32, SA>;
  var kb: array<i32, SB>;
  var slotA: array<i32, SA>;
  var slotB: array<i32, SB>;
  var rows: array<vec4i, SA>;
  var columns: array<vec4i, SB>;
  for (var s = 0; s < SA; s++) { //@unroll
    let q = t + u32(s * T);
    ka[s] = i32(select(q / u32(GA), q % u32(TK), A_ALONG_K));
    let g = i32(select(q % u32(GA), q / u32(TK), A_ALONG_K));
    slotA[s] = ka[s] * PA + g;
    rows[s] = pa + params.am * min(m0 + g + GA * vec4i(0, 1, 2, 3), vec4i(params.m - 1));
  }
  for (var s = 0; s < SB; s++) { //@unroll
    let q = t + u32(s * T);
    kb[s] = i32(select(q / u32(GB), q % u32(TK), B_ALONG_K));
    let g = i32(select(q % u32(GB), q / u32(TK), B_ALONG_K));
    slotB[s] = kb[s] * PB + g;
    columns[s] = pb + params.bn * min(n0 + g + GB * vec4i(0, 1, 2, 3), vec4i(params.n - 1));
  }

  var acc: array<vec4f, RM * QB>;
  var nextA: array<vec4f, SA>;
  var nextB: array<vec4f, SB>;
  let steps = (max(0, last - first) + TK - 1) / TK;
  for (var step = 0; step <= steps; step++) {
    let k = first + step * TK;
    if step < steps {
      for (var s = 0; s < SA; s++) { //@unroll
        let at = rows[s] + params.ak * min(k + ka[s], last - 1);
        nextA[s] = select(vec4f(), vec4f(a[at.x], a[at.y], a[at.z], a[at.w]), k + ka[s] < last);
      }
      for (var s = 0; s < SB; s++) { //@unroll
        let at = columns[s] + params.bk * min(k + kb[s], last - 1);
        nextB[s] = select(vec4f(), vec4f(b[at.x], b[at.y], b[at.z], b[at.w]), k + kb[s] < last);
      }
    }
    if step > 0 {
      var ra = ((step + 1) % 2) * (TK * PA) + ty;
      var rb = ((step + 1) % 2) * (TK * PB) + tx;
      for (var kk = 0; kk < TK; kk += KU) {
        for (var u = 0; u < KU; u++) { //@unroll
          var av: array<vec4f, QA>;
          var bv: array<vec4f, QB>;
          for (var i = 0; i < QA; i++) { //@unroll
            av[i] = tileA[ra + u * PA + i * Y];
          }
          for (var j = 0; j < QB; j++) { //@unroll
            bv[j] = tileB[rb + u * PB + j * X];
          }
          for (var i = 0; i < RM; i++) { //@unroll
            for (var j = 0; j < QB; j++) { //@unroll
              acc[i * QB + j] = fma(vec4f(av[i / 4][i % 4]), bv[j], acc[i * QB + j]);
            }
          }
        }
        ra += KU * PA;
        rb += KU * PB;
      }
    }
    if step < steps {
      for (var s = 0; s < SA; s++) { //@unroll
        tileA[(step % 2) * (TK * PA) + slotA[s]] = nextA[s];
      }
      for (var s = 0; s < SB; s++) { //@unroll
        tileB[(step % 2) * (TK * PB) + slotB[s]] = nextB[s];
      }
    }
    workgroupBarrier();
  }

  let yz = params.y0 + z * params.m * params.pitchY;
  for (var i = 0; i < RM; i++) { //@unroll
    let m = m0 + (i % 4) * GA + (i / 4) * Y + ty;
    if m < params.m {
      for (var j = 0; j < QB; j++) { //@unroll
        for (var c = 0; c < 4; c++) { //@unroll
          let n = n0 + c * GB + j * X + tx;
          if n < params.n { y[yz + m * params.pitchY + n] = acc[i * QB + j][c]; }
        }
      }
    }
  }
}
