// y[b, oy, ox, o] = f(Σ over ky, kx, k of x[b, oy·stride + ky − pad, ox·stride + kx − pad, k] · w[ky, kx, k, o] + b[o]), any number of k
// taps.wgsl, large → small, for numbers of input channels that are no multiple of 4 (grey and RGB pictures). Lanes hold pixels, TP each;
// NT channels sit in registers. The taps (kx, k) of a row ky lie side by side in x and in w: four of them at a time, from images; the
// weights are spread over the lanes and shuffled to all. n is a multiple of 4. Dispatch [⌈pixels / (8·TP)⌉, ⌈n / NT⌉, 1].
//@flops 2 * Math.min(units - firstUnit, 32 * gx) * kh * kw * k * n
enable subgroups;

const NT: i32 = 16;  //@constant channels of a tile, a multiple of 4 up to 32
const TP = 4;        // pixels of a lane
const S = 8;         // lanes
const WR = (NT + S - 1) / S;  // vec4s of weights that a lane fetches: four taps of NT channels

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
@group(0) @binding(1) var x: texture_storage_2d<r32float, read>;     // [batch, ih, iw, k]
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;  // [kh, kw, k, n]
@group(0) @binding(3) var<storage, read> b: array<vec4f>;            // [n]
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;      // [batch, oh, ow, n]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.y) * NT;
  var pixel: array<i32, TP>;
  var iy0: array<i32, TP>;
  var jx0: array<i32, TP>;                                      // its first tap in a row of x, in values
  var base: array<i32, TP>;
  for (var t = 0; t < TP; t++) { //@unroll
    pixel[t] = params.firstUnit + i32(group.x) * (S * TP) + t * S + l;
    let u = min(pixel[t], params.units - 1);                    // ragged end: clamped loads, masked stores
    iy0[t] = (u / params.ow) % params.oh * params.strideY - params.padY;
    jx0[t] = (u % params.ow * params.strideX - params.padX) * params.k;
    base[t] = (u / (params.oh * params.ow) * params.ih + iy0[t]) * params.iw * params.k + jx0[t];
  }
  var acc: array<vec4f, NT>;                                    // of the lane's pixels
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    acc[o] = vec4f(subgroupShuffle(start[o % 4], u32(o / 4)));
  }
  var xk: array<vec4f, 4>;                                      // a tap of the lane's pixels
  var wv: array<vec4f, WR>;
  var wq: array<vec4f, 4>;                                      // its weights of four channels
  var wat: array<i32, WR>;                                      // where this lane's share of a weight tile lies, in vec4
  for (var r = 0; r < WR; r++) { //@unroll
    let e = l + r * S;
    wat[r] = (e / (NT / 4)) * (params.n / 4) + o0 / 4 + e % (NT / 4);
  }
  let width = params.iw * params.k;
  let taps = params.kw * params.k;
  for (var ky = 0; ky < params.kh; ky++) {
    for (var j = 0; j < taps; j += 4) {
      let tap = j + vec4i(0, 1, 2, 3);
      for (var t = 0; t < TP; t++) { //@unroll
        let iy = iy0[t] + ky;
        let jx = jx0[t] + tap;
        let live = (tap < vec4i(taps)) & (jx >= vec4i()) & (jx < vec4i(width)) & vec4<bool>(iy >= 0 && iy < params.ih);
        let at = select(vec4i(), base[t] + ky * width + tap, live);
        for (var k = 0; k < 4; k++) { //@unroll
          xk[k][t] = select(0.0, textureLoad(x, texel1(at[k])).x, live[k]);
        }
      }
      for (var r = 0; r < WR; r++) { //@unroll
        // what lies past the row's last tap counts as zero on both sides
        let row = j + (l + r * S) / (NT / 4);
        wv[r] = select(vec4f(), textureLoad(w, texel4(wat[r] + (ky * taps + j) * (params.n / 4))), row < taps);
      }
      for (var q = 0; q < NT / 4; q++) { //@unroll
        for (var k = 0; k < 4; k++) { //@unroll
          wq[k] = subgroupShuffle(wv[(k * (NT / 4) + q) / S], u32((k * (NT / 4) + q) % S));
        }
        for (var j = 0; j < 4; j++) { //@unroll
          acc[4 * q + j] += wq[0][j] * xk[0] + wq[1][j] * xk[1] + wq[2][j] * xk[2] + wq[3][j] * xk[3];
        }
      }
    }
  }
  for (var t = 0; t < TP; t++) { //@unroll
    if (pixel[t] < params.units) {
      let at = (pixel[t] * params.n + o0) / 4;
      for (var o = 0; o < NT / 4; o++) { //@unroll
        let v = vec4f(acc[4 * o][t], acc[4 * o + 1][t], acc[4 * o + 2][t], acc[4 * o + 3][t]);
        if (o0 + o * 4 < params.n) { y[at + o] = select(params.alpha * v, v, v > vec4f()); }
      }
    }
  }
}
