// y[b, oy, ox, o] = f(Σ over ky, kx, k of x[b, oy·stride + ky − pad, ox·stride + kx − pad, k] · w[ky, kx, k, o] + b[o]), any number of k
// taps.wgsl, large → small, for odd numbers of input channels (grey and RGB pictures). Lanes hold pixels, TP each; NT
// channels sit in registers; the weights of one tap and channel are one vec4 per lane, broadcast. n is a multiple of 4.
// Dispatch [⌈pixels / (8·TP)⌉, ⌈n / NT⌉, 1].
//@flops 2 * Math.min(units - firstUnit, 32 * gx) * kh * kw * k * n
enable subgroups;

const NT: i32 = 32;  //@constant channels of a tile, a multiple of 4 up to 32
const TP: i32 = 4;   //@constant pixels of a lane
const S = 8;         // lanes

struct Params {
  units: i32,
  firstUnit: i32,  // of this dispatch
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
  alpha: f32,   // slope below 0 after that; 1: none
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;          // [batch, ih, iw, k]
@group(0) @binding(2) var<storage, read> w: array<vec4f>;        // [kh, kw, k, n]
@group(0) @binding(3) var<storage, read> b: array<vec4f>;        // [n]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;  // [batch, oh, ow, n]

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.y) * NT;
  var pixel: array<i32, TP>;
  var iy0: array<i32, TP>;
  var ix0: array<i32, TP>;
  var base: array<i32, TP>;
  for (var t = 0; t < TP; t++) { //@unroll
    pixel[t] = params.firstUnit + i32(group.x) * (S * TP) + t * S + l;
    let u = min(pixel[t], params.units - 1);                    // ragged end: clamped loads, masked stores
    iy0[t] = (u / params.ow) % params.oh * params.strideY - params.padY;
    ix0[t] = u % params.ow * params.strideX - params.padX;
    base[t] = ((u / (params.oh * params.ow) * params.ih + iy0[t]) * params.iw + ix0[t]) * params.k;
  }
  var acc: array<f32, TP * NT>;
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    let sum = subgroupBroadcast(start[o % 4], u32(o / 4));
    for (var t = 0; t < TP; t++) { //@unroll
      acc[t * NT + o] = sum;
    }
  }
  var xv: array<f32, TP>;
  var inside: array<bool, TP>;
  let own = o0 / 4 + min(l, NT / 4 - 1);
  for (var ky = 0; ky < params.kh; ky++) {
    for (var kx = 0; kx < params.kw; kx++) {
      for (var t = 0; t < TP; t++) { //@unroll
        let iy = iy0[t] + ky;
        let ix = ix0[t] + kx;
        inside[t] = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
      }
      let tap = ky * params.kw + kx;
      for (var k = 0; k < params.k; k++) {
        let offset = (ky * params.iw + kx) * params.k + k;
        for (var t = 0; t < TP; t++) { //@unroll
          xv[t] = select(0.0, x[select(0, base[t] + offset, inside[t])], inside[t]);
        }
        let wv = w[(tap * params.k + k) * (params.n / 4) + own];
        for (var o = 0; o < NT; o++) { //@unroll
          let wb = subgroupBroadcast(wv[o % 4], u32(o / 4));
          for (var t = 0; t < TP; t++) { //@unroll
            acc[t * NT + o] += wb * xv[t];
          }
        }
      }
    }
  }
  for (var t = 0; t < TP; t++) { //@unroll
    if (pixel[t] < params.units) {
      let at = (pixel[t] * params.n + o0) / 4;
      for (var o = 0; o < NT / 4; o++) { //@unroll
        const i = t * NT + o * 4;
        let v = vec4f(acc[i], acc[i + 1], acc[i + 2], acc[i + 3]);
        if (o0 + o * 4 < params.n) { y[at + o] = select(params.alpha * v, v, v > vec4f()); }
      }
    }
  }
}
