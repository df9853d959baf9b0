// dw[z][m][d] = Σ x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] · g[b, oy, ox, d]
//   over the rows (b, oy) of part z and all pixels ox, where m = (ky, kx, c)
//
// The gradient of the weights of tapsGradient.wgsl, for drivers that run 4 lanes as one CPU vector
// and for any numbers of channels. A quad computes TM rows m of 4 COLUMNS columns d: as in
// matmulQuads.wgsl, a lane has the columns that are 4 apart, and the values of x lie spread over
// the lanes. The parts z are added afterwards, in a fixed order.
// Dispatch [⌈m / TM⌉, ⌈d / (4 COLUMNS)⌉, parts].
//@flops 2 * rows * sw * m * d
enable subgroups;

const TM: i32 = 16;      //@constant rows of a tile, a multiple of 4
const COLUMNS: i32 = 8;  //@constant columns of a lane

struct Params {
  m: i32,
  d: i32,
  rows: i32,  // of g, batch · sh
  per: i32,   // rows of a part
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;         // [batch, lh, lw, c]
@group(0) @binding(2) var<storage, read> g: array<f32>;         // [batch, sh, sw, d]
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;  // [parts, m, d]

@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let d0 = i32(group.y) * (4 * COLUMNS) + l;
  let z = i32(group.z);
  // Rows and columns out of range read those at the edge, and are not stored at the end.
  var dy: array<i32, TM / 4>;  // of rows 4q + l
  var dx: array<i32, TM / 4>;
  var channel: array<i32, TM / 4>;
  for (var q = 0; q < TM / 4; q++) { //@unroll
    let m = min(m0 + 4 * q + l, params.m - 1);
    let tap = m / params.c;
    let ky = tap / params.kw;
    dy[q] = ky - params.padY;
    dx[q] = tap - ky * params.kw - params.padX;
    channel[q] = m - tap * params.c;
  }
  var column: array<i32, COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    column[j] = min(d0 + 4 * j, params.d - 1);
  }
  var acc: array<f32, TM * COLUMNS>;
  var at: array<i32, TM / 4>;  // where rows 4q + l of this row of x begin
  var inside: array<bool, TM / 4>;
  let last = min(params.rows, (z + 1) * params.per);
  for (var row = z * params.per; row < last; row++) {
    let image = row / params.sh;
    let oy = row - image * params.sh;
    for (var q = 0; q < TM / 4; q++) { //@unroll
      let iy = oy * params.strideY + dy[q];
      inside[q] = iy >= 0 && iy < params.lh;
      at[q] = select(0, (image * params.lh + iy) * params.lw * params.c, inside[q]) + channel[q];
    }
    var part = array<f32, TM * COLUMNS>();  // of this row
    for (var ox = 0; ox < params.sw; ox++) {
      var gv: array<f32, COLUMNS>;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        gv[j] = g[(row * params.sw + ox) * params.d + column[j]];
      }
      for (var q = 0; q < TM / 4; q++) { //@unroll
        let ix = ox * params.strideX + dx[q];
        let live = inside[q] && ix >= 0 && ix < params.lw;
        let rows = select(0.0, x[at[q] + select(0, ix * params.c, live)], live);
        for (var i = 0; i < 4; i++) { //@unroll
          let xv = quadBroadcast(rows, u32(i));
          for (var j = 0; j < COLUMNS; j++) { //@unroll
            part[(4 * q + i) * COLUMNS + j] += xv * gv[j];
          }
        }
      }
    }
    for (var i = 0; i < TM * COLUMNS; i++) { //@unroll
      acc[i] += part[i];
    }
  }
  for (var i = 0; i < TM; i++) { //@unroll
    if m0 + i < params.m {
      let row = (z * params.m + m0 + i) * params.d;
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        if d0 + 4 * j < params.d { dw[row + d0 + 4 * j] = acc[i * COLUMNS + j]; }
      }
    }
  }
}
