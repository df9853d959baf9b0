// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// For drivers that run 4 lanes as one CPU vector. Four threads, a quad, compute TM × 4 COLUMNS
// values of y; a lane has the columns that are 4 apart. Such a driver loads value by value, one for
// each lane, and a load costs as much as several products: so the values of a lie spread over the
// lanes, and each is broadcast to all. A pass of the loop has 128 products of vectors, since a CPU
// does not keep longer ones decoded. Rows and columns out of range read those at the edge and are
// not stored. With kChunk < k, z counts ranges of k, whose partial products are added afterwards.
// Dispatch [⌈m / TM⌉, ⌈n / (4 COLUMNS)⌉, z].
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const TM: i32 = 16;      //@constant rows of a tile, a multiple of 4
const COLUMNS: i32 = 8;  //@constant columns of a lane

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
  pitchY: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;        // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<f32>;        // [z, k, n] in any order, from b0
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [z, m, pitchY ≥ n] from y0

@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let n0 = i32(group.y) * (4 * COLUMNS) + l;
  let z = i32(group.z);
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let batch = select(z, 0, split);
  var pa: array<i32, TM / 4>;  // of rows 4q + l
  for (var q = 0; q < TM / 4; q++) { //@unroll
    pa[q] = params.a0 + batch * params.az + params.am * min(m0 + 4 * q + l, params.m - 1);
  }
  var pb: array<i32, COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    pb[j] = params.b0 + batch * params.bz + params.bn * min(n0 + 4 * j, params.n - 1);
  }
  var acc: array<f32, TM * COLUMNS>;
  for (var k = first; k < last; k++) {
    var bv: array<f32, COLUMNS>;
    for (var j = 0; j < COLUMNS; j++) { //@unroll
      bv[j] = b[pb[j] + k * params.bk];
    }
    for (var q = 0; q < TM / 4; q++) { //@unroll
      let rows = a[pa[q] + k * params.ak];
      for (var i = 0; i < 4; i++) { //@unroll
        let av = quadBroadcast(rows, u32(i));
        for (var j = 0; j < COLUMNS; j++) { //@unroll
          acc[(4 * q + i) * COLUMNS + j] += av * bv[j];
        }
      }
    }
  }
  for (var i = 0; i < TM; i++) { //@unroll
    if m0 + i < params.m {
      let row = params.y0 + (z * params.m + m0 + i) * params.pitchY + n0;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        if n0 + 4 * j < params.n { y[row + 4 * j] = acc[i * COLUMNS + j]; }
      }
    }
  }
}
