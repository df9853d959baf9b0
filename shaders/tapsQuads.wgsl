// y[b, u·os + r, o] = f(b[o] + Σ x[b, u·is + d, k] · w[ky, kx][k, o])
//   over the channels k and the taps (ky, kx) of phase r, each with its distance d,
//   where f(v) = v where v > 0, else alpha · v
//
// The convolution of taps.wgsl, which explains phases and distances, for drivers that run 4 lanes
// as one CPU vector and for any numbers of channels. A quad computes TP pixels, called units, with
// 4 COLUMNS channels: as in matmulQuads.wgsl, a lane has the channels that are 4 apart, and the
// values of x lie spread over the lanes, each of which finds its own units. For fewer than 4
// channels, SHARE is 1: a lane then has all channels of its own units.
// Dispatch [os.y · os.x, ⌈units / TP⌉, ⌈n / (SHARE · COLUMNS)⌉].
//@flops 2 * Math.min(units - firstUnit, tile * gy) * kh * kw * k * n
enable subgroups;

const UP: bool = false;  //@constant small → large
const TP: i32 = 16;      //@constant units of a quad, a multiple of 4
const COLUMNS: i32 = 8;  //@constant channels of a lane
const SHARE: i32 = 4;    //@constant lanes that share their units, 4 or 1

struct Params {
  units: i32,
  firstUnit: i32,  // of this dispatch
  tile: i32,       // TP
  uh: i32,
  uw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
  ih: i32,
  iw: i32,
  oh: i32,
  ow: i32,
  k: i32,
  n: i32,
  biased: i32,  // 1: b is added to each sum; 0: b is not read
  alpha: f32,   // slope of f below 0; 1: f is the identity, 0: a ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;  // [batch, ih, iw, k]
// [kh, kw, k, n], or [kh, kw, n, k] when UP
@group(0) @binding(2) var<storage, read> w: array<f32>;
// [n]; where biased is 0 it is not read, and any buffer may be bound
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;  // [batch, oh, ow, n]

@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.z) * (SHARE * COLUMNS) + l % SHARE;
  let osy = select(1, params.strideY, UP);
  let osx = select(1, params.strideX, UP);
  let isy = select(params.strideY, 1, UP);
  let isx = select(params.strideX, 1, UP);
  let ry = i32(group.x) / osx;  // phase
  let rx = i32(group.x) - ry * osx;
  var image: array<i32, TP / 4>;  // of units 4q + l
  var uy: array<i32, TP / 4>;
  var ux: array<i32, TP / 4>;
  var place: array<i32, TP / 4>;  // where a unit's pixel of y begins, or -1
  for (var q = 0; q < TP / 4; q++) { //@unroll
    let raw = params.firstUnit + i32(group.y) * params.tile + 4 * q + l;
    let unit = min(raw, params.units - 1);
    let row = unit / params.uw;
    ux[q] = unit - row * params.uw;
    image[q] = row / params.uh;
    uy[q] = row - image[q] * params.uh;
    let oy = uy[q] * osy + ry;
    let ox = ux[q] * osx + rx;
    let live = raw < params.units && oy < params.oh && ox < params.ow;
    place[q] = select(-1, ((image[q] * params.oh + oy) * params.ow + ox) * params.n, live);
  }
  // Distances between values of w that belong to neighbouring channels of x and of y.
  let wk = select(params.n, 1, UP);
  let wo = select(1, params.k, UP);
  var column: array<i32, COLUMNS>;
  var acc: array<f32, TP / 4 * SHARE * COLUMNS>;
  for (var j = 0; j < COLUMNS; j++) { //@unroll
    let o = min(o0 + SHARE * j, params.n - 1);
    column[j] = o * wo;
    var start = 0.0;
    if params.biased == 1 { start = b[o]; }
    for (var t = 0; t < TP / 4 * SHARE; t++) { //@unroll
      acc[t * COLUMNS + j] = start;
    }
  }
  var at: array<i32, TP / 4>;
  var inside: array<bool, TP / 4>;
  // from the phase's first tap
  for (var ky = (ry + params.padY) % osy; ky < params.kh; ky += osy) {
    let dy = select(ky - params.padY, (ry + params.padY - ky) / osy, UP);
    for (var kx = (rx + params.padX) % osx; kx < params.kw; kx += osx) {
      let dx = select(kx - params.padX, (rx + params.padX - kx) / osx, UP);
      for (var q = 0; q < TP / 4; q++) { //@unroll
        let iy = uy[q] * isy + dy;
        let ix = ux[q] * isx + dx;
        inside[q] = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        at[q] = select(0, ((image[q] * params.ih + iy) * params.iw + ix) * params.k, inside[q]);
      }
      let tap = (ky * params.kw + kx) * params.k * params.n;
      var part = array<f32, TP / 4 * SHARE * COLUMNS>();  // of this tap
      for (var k = 0; k < params.k; k++) {
        var wv: array<f32, COLUMNS>;
        for (var j = 0; j < COLUMNS; j++) { //@unroll
          wv[j] = w[tap + k * wk + column[j]];
        }
        for (var q = 0; q < TP / 4; q++) { //@unroll
          let units = select(0.0, x[at[q] + k], inside[q]);
          for (var t = 0; t < SHARE; t++) { //@unroll
            var xv = units;
            if SHARE == 4 { xv = quadBroadcast(units, u32(t)); }
            for (var j = 0; j < COLUMNS; j++) { //@unroll
              part[(SHARE * q + t) * COLUMNS + j] += xv * wv[j];
            }
          }
        }
      }
      for (var i = 0; i < TP / 4 * SHARE * COLUMNS; i++) { //@unroll
        acc[i] += part[i];
      }
    }
  }
  for (var t = 0; t < TP / 4 * SHARE; t++) { //@unroll
    var pixel = place[t / SHARE];
    if SHARE == 4 { pixel = quadBroadcast(pixel, u32(t % SHARE)); }
    if pixel >= 0 {
      for (var j = 0; j < COLUMNS; j++) { //@unroll
        let o = o0 + SHARE * j;
        if o < params.n { y[pixel + o] = activate(vec4f(acc[t * COLUMNS + j]), params.alpha).x; }
      }
    }
  }
}

//@include activation
