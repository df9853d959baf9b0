// y[z, m, n] = Σₖ a[z, m, k] · b[z, k, n]
//
// Uses nothing but plain WebGPU and runs on any device. A thread computes ROWS × 4 COLUMNS values
// of y, of neighbouring rows and of columns that are 8 apart. Where a CPU runs the shader, a load
// costs as much as several products, so that a thread should make many products of each value. With
// kChunk < k, z counts ranges of k, whose partial products are added afterwards.
// Dispatch [⌈n / (32 COLUMNS)⌉, ⌈m / (8 ROWS)⌉, z].
//@flops 2 * m * n * k * (kChunk < k ? 1 : gz)

const ROWS: i32 = 8;     //@constant rows of a thread
const COLUMNS: i32 = 2;  //@constant vec4s of columns of a thread

struct Params {
//@include productParams
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;        // [z, m, k] in any order, from a0
@group(0) @binding(2) var<storage, read> b: array<f32>;        // [z, k, n] in any order, from b0
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [z, m, pitchY ≥ n] from y0

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let m0 = (i32(group.y) * 8 + i32(local.y)) * ROWS;
  let n0 = i32(group.x) * 32 * COLUMNS + i32(local.x);
  let z = i32(group.z);
  if m0 >= params.m || n0 >= params.n { return; }
  let split = params.kChunk < params.k;
  let first = select(0, z * params.kChunk, split);
  let last = min(params.k, first + params.kChunk);
  let pa = params.a0 + select(z, 0, split) * params.az;
  let pb = params.b0 + select(z, 0, split) * params.bz;
  // Rows and columns out of range read those at the edge, and are not stored at the end.
  var rows: array<i32, ROWS>;
  var columns: array<vec4i, COLUMNS>;
  for (var i = 0; i < ROWS; i++) { //@unroll
    rows[i] = pa + params.am * min(m0 + i, params.m - 1);
  }
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    columns[j] = pb + params.bn * min(n0 + 32 * j + vec4i(0, 8, 16, 24), vec4i(params.n - 1));
  }
  var acc: array<vec4f, ROWS * COLUMNS>;
  for (var k = first; k < last; k++) {
    var bv: array<vec4f, COLUMNS>;
    for (var j = 0; j < COLUMNS; j++) { //@unroll
      let at = columns[j] + k * params.bk;
      bv[j] = vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
    }
    for (var i = 0; i < ROWS; i++) { //@unroll
      let av = a[rows[i] + k * params.ak];
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        acc[i * COLUMNS + j] += av * bv[j];
      }
    }
  }
  for (var i = 0; i < ROWS; i++) { //@unroll
    if m0 + i < params.m {
      let row = params.y0 + (z * params.m + m0 + i) * params.pitchY;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        for (var c = 0; c < 4; c++) { //@unroll
          let n = n0 + 32 * j + 8 * c;
          if n < params.n { y[row + n] = acc[i * COLUMNS + j][c]; }
        }
      }
    }
  }
}
