// y[b, u·os + r, o] = f(b[o] + Σ x[b, u·is + d, k] · w[ky, kx][k, o])
//   over the channels k and the taps (ky, kx) of phase r, each with its distance d,
//   where f(v) = v where v > 0, else alpha · v
//
// A convolution as a matrix product over a list of taps: conv2d, conv2dTranspose, and the input
// gradients of both. A pixel of y is number r of the group u of os.y · os.x pixels.
//   UP false, large → small: os = 1 and is = stride. There is one phase, of all taps, with
//     d = ky − pad. w is read as [k, o].
//   UP true, small → large: os = stride and is = 1. There are stride² phases, each of every
//     stride-th tap, with d = (r + pad − ky) / stride. w is read as [o, k]: the same array with the
//     roles of its channels swapped. Nothing is scattered.
// k and n, the channels o, are multiples of 4.
//
// For drivers that run 8 lanes as one CPU vector. A lane computes TP pixels, called units, with NT
// channels in registers. The weights are spread over the lanes and shuffled to all. Four channels k
// are handled at a time and read from textures, as in matmulSubgroup.wgsl. The phase is the fastest
// axis of the grid: phases differ in their number of taps, and the CPU driver lavapipe hands out
// the grid in contiguous chunks, which then take about the same time.
// Dispatch [os.y · os.x, ⌈units / (8 · TP)⌉, ⌈n / NT⌉].
//@flops 8 * Math.min(units - firstUnit, 64 * gy) * kh * kw * k4 * n
enable subgroups;

const UP: bool = false;  //@constant small → large
const NT: i32 = 16;      //@constant channels of a tile, a multiple of 4
const TP = 8;            // pixels of a lane
// pixels that are stored at a time, after which the others move up: 2 for 32 channels
const BAND = TP / ((NT + 7) / 8);
const S = 8;             // lanes
// vec4s of weights that a lane fetches: four channels k of NT channels
const WR = (NT + S - 1) / S;

struct Params {
  units: i32,
  firstUnit: i32,  // of this dispatch
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
  k4: i32,
  n: i32,
  biased: i32,  // 1: b is added to each sum; 0: b is not read
  alpha: f32,   // slope of f below 0; 1: f is the identity, 0: a ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;  // [batch, ih, iw, k]
// [kh, kw, k, n], or [kh, kw, n, k] when UP
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;
// [n]; where biased is 0 it is not read, and any buffer may be bound
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;      // [batch, oh, ow, n]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.z) * NT;
  let osy = select(1, params.strideY, UP);
  let osx = select(1, params.strideX, UP);
  let isy = select(params.strideY, 1, UP);
  let isx = select(params.strideX, 1, UP);
  let ry = i32(group.x) / osx;                                  // phase
  let rx = i32(group.x) % osx;
  var image: array<i32, TP>;
  var uy: array<i32, TP>;
  var ux: array<i32, TP>;
  var live: array<bool, TP>;
  for (var t = 0; t < TP; t++) { //@unroll
    let raw = params.firstUnit + i32(group.y) * (S * TP) + t * S + l;
    // past the end, loads are clamped and stores are masked
    let u = min(raw, params.units - 1);
    live[t] = raw < params.units;
    image[t] = u / (params.uh * params.uw);
    uy[t] = (u / params.uw) % params.uh;
    ux[t] = u % params.uw;
  }
  var acc: array<array<f32, NT>, TP>;
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    let sum = subgroupShuffle(start[o % 4], u32(o / 4));
    for (var t = 0; t < TP; t++) { //@unroll
      acc[t][o] = sum;
    }
  }
  var at: array<i32, TP>;
  var inside: array<bool, TP>;
  var xv: array<vec4f, TP>;
  var wv: array<vec4f, WR>;
  // weights of four channels k for one channel o
  var wk: vec4f;
  // offsets of this lane's share of a weight tile, in vec4
  var wat: array<i32, WR>;
  for (var r = 0; r < WR; r++) { //@unroll
    let e = l + r * S;
    if (UP) { wat[r] = (o0 + e) * params.k4; } else { wat[r] = (e / (NT / 4)) * (params.n / 4) + o0 / 4 + e % (NT / 4); }
  }
  let wstep = select(params.n, 1, UP);
  let ky0 = (ry + params.padY) % osy;                           // the first tap of the phase
  let kx0 = (rx + params.padX) % osx;
  for (var ky = ky0; ky < params.kh; ky += osy) {
    for (var kx = kx0; kx < params.kw; kx += osx) {
      for (var t = 0; t < TP; t++) { //@unroll
        let iy = uy[t] * isy + select(ky - params.padY, (ry + params.padY - ky) / osy, UP);
        let ix = ux[t] * isx + select(kx - params.padX, (rx + params.padX - kx) / osx, UP);
        inside[t] = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        at[t] = select(0, ((image[t] * params.ih + iy) * params.iw + ix) * params.k4, inside[t]);
      }
      var slot = (ky * params.kw + kx) * params.k4 * params.n;
      for (var c = 0; c < params.k4; c++) {
        for (var t = 0; t < TP; t++) { //@unroll
          xv[t] = select(vec4f(), textureLoad(x, texel(at[t])), inside[t]);
          at[t] += 1;
        }
        for (var r = 0; r < WR; r++) { //@unroll
          wv[r] = textureLoad(w, texel(wat[r] + slot));
        }
        slot += wstep;
        for (var o = 0; o < NT; o++) { //@unroll
          if (UP) {
            wk = subgroupShuffle(wv[o / S], u32(o % S));
          } else {
            for (var k = 0; k < 4; k++) { //@unroll
              wk[k] = subgroupShuffle(wv[(k * NT + o) / (4 * S)][o % 4], u32((k * NT + o) / 4 % S));
            }
          }
          for (var t = 0; t < TP; t++) { //@unroll
            acc[t][o] += dot(wk, xv[t]);
          }
        }
      }
    }
  }
  for (var t = 0; t < TP; t++) { //@unroll
    let oy = uy[t] * osy + ry;
    let ox = ux[t] * osx + rx;
    live[t] = live[t] && oy < params.oh && ox < params.ow;
    at[t] = (((image[t] * params.oh + oy) * params.ow + ox) * params.n + o0) / 4;
  }
  for (var first = 0; first < TP; first += BAND) {
    for (var t = 0; t < BAND; t++) { //@unroll
      if (live[t]) {
        for (var o = 0; o < NT / 4; o++) { //@unroll
          let v = vec4f(acc[t][4 * o], acc[t][4 * o + 1], acc[t][4 * o + 2], acc[t][4 * o + 3]);
          if (o0 + o * 4 < params.n) { y[at[t] + o] = activate(v, params.alpha); }
        }
      }
    }
    for (var t = 0; t < TP - BAND; t++) { //@unroll
      live[t] = live[t + BAND];
      at[t] = at[t + BAND];
      acc[t] = acc[t + BAND];
    }
  }
}

//@include activation
