// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// For drivers that run 4 lanes as one CPU vector. Four threads, a quad, compute TM × 4 COLUMNS
// values of y; a lane has the columns that are 4 apart. Such a driver loads value by value, one for
// each lane, and a load costs as much as many products: so the values of a lie spread over the
// lanes, which swap them. Lane l multiplies the rows of lane l ^ i, for i from 0 to 3, with its own
// columns. A swap is one instruction, a broadcast 26. Four steps of k are handled at a time, since
// a sum that is kept from one pass of a loop to the next costs as much as four products. Rows and
// columns out of range read those at the edge and are not stored. With kChunk < k, z counts ranges
// of k, whose partial products are added afterwards.
// Dispatch [⌈m / TM⌉, ⌈n / (4 COLUMNS)⌉, z].
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)
enable subgroups;

const TM: i32 = 16;      //@constant rows of a tile, a multiple of 4
const COLUMNS: i32 = 8;  //@constant columns of a lane
const MASK: bool = true; //@constant k is no multiple of 4: steps past its end count as zero

struct Params {
//@include productParams
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
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  var rows: array<i32, TM / 4>;  // of rows 4q + l
  for (var q = 0; q < TM / 4; q++) { //@unroll
    rows[q] = pa + params.am * min(m0 + 4 * q + l, params.m - 1);
  }
  var columns: array<i32, COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    columns[j] = pb + params.bn * min(n0 + 4 * j, params.n - 1);
  }
  var acc: array<f32, TM * COLUMNS>;
  for (var k = first; k < last; k += 4) {
    let ks = k + vec4i(0, 1, 2, 3);
    var bv: array<vec4f, COLUMNS>;
    for (var j = 0; j < COLUMNS; j++) { //@unroll
      let at = columns[j] + ks * params.bk;
      bv[j] = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
      if MASK { bv[j] = select(vec4f(), bv[j], ks < vec4i(last)); }
    }
    for (var q = 0; q < TM / 4; q++) { //@unroll
      let at = rows[q] + ks * params.ak;
      var av = vec4f(a[at.x], a[at.y], a[at.z], a[at.w]);
      if MASK { av = select(vec4f(), av, ks < vec4i(last)); }
      let all = array(av, quadSwapX(av), quadSwapY(av), quadSwapDiagonal(av));
      for (var i = 0; i < 4; i++) { //@unroll
        for (var j = 0; j < COLUMNS; j++) { //@unroll
          acc[(4 * q + i) * COLUMNS + j] += dot(all[i], bv[j]);
        }
      }
    }
  }
  for (var i = 0; i < TM; i++) { //@unroll
    let m = m0 + (i ^ l);
    if m < params.m {
      let row = params.y0 + (z * params.m + m) * params.pitchY + n0;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        if n0 + 4 * j < params.n { y[row + 4 * j] = acc[i * COLUMNS + j]; }
      }
    }
  }
}
