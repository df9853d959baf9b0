// y[b, oy, ox, o] = f(b[o] + Σ x[b, iy, ix, k] · w[ky, kx, k, o])
//   over ky, kx and k, with iy = oy·stride + ky − pad and ix = ox·stride + kx − pad,
//   where f(v) = v where v > 0, else alpha · v
//
// The convolution of taps.wgsl from large to small, for pictures: the number k of channels of x is
// no multiple of 4, but the number iw · k of values in a row is. The number n of channels o is a
// multiple of 4. A lane computes four adjacent pixels, 4g to 4g + 3. Their inputs in a row of x
// always fall at the same positions of the same vec4s, whatever g, so that each vec4 is loaded once
// and its values are selected at compile time. Positions count from the lane's first vec4, which is
// LEFT vec4s before value 4g · STEP of the row. The weights are spread over the lanes and shuffled
// to all.
// Dispatch [⌈units / 8⌉, ⌈n / NT⌉, 1].
//@flops ((2 * Math.min(units - firstUnit, 8 * gx)) / groups) * ow * kh * kc * n
enable subgroups;

const NT: i32 = 16;    //@constant channels of a tile, a multiple of 4
const STEP: i32 = 2;   //@constant stride · k: values from pixel to pixel
const LEAD: i32 = 1;   //@constant pad · k: values before the row
const TAPS: i32 = 3;   //@constant kw · k: taps of a row, side by side in x and in w
const S = 8;           // lanes
const LEFT = (LEAD + 3) / 4;
const FIRST = 4 * LEFT - LEAD;                 // position of the first pixel's first tap
const XV = (FIRST + 3 * STEP + TAPS + 3) / 4;  // vec4s of x that a lane holds
const WV = (TAPS * NT + 4 * S - 1) / (4 * S);  // vec4s of weights that a lane fetches

struct Params {
  units: i32,      // groups of four pixels: batch · oh · groups
  firstUnit: i32,  // of this dispatch
  groups: i32,     // of a row, ⌈ow / 4⌉
  kh: i32,
  kc: i32,         // TAPS
  strideY: i32,
  padY: i32,
  ih: i32,
  iw4: i32,        // vec4s of a row of x
  oh: i32,
  ow: i32,
  n: i32,
  biased: i32,     // 1: b is added to each sum; 0: b is not read
  alpha: f32,      // slope of f below 0; 1: f is the identity, 0: a ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;  // [batch, ih, iw, k]
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;  // [kh, kw, k, n]
// [n]; where biased is 0 it is not read, and any buffer may be bound
@group(0) @binding(3) var<storage, read> b: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;      // [batch, oh, ow, n]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let o0 = i32(group.y) * NT;
  let raw = params.firstUnit + i32(group.x) * S + l;
  // past the end, loads are clamped and stores are masked
  let unit = min(raw, params.units - 1);
  let row = unit / params.groups;                               // of y
  let g = unit - row * params.groups;
  let image = row / params.oh;
  let iy0 = (row - image * params.oh) * params.strideY - params.padY;
  var acc: array<vec4f, NT>;                                    // of the lane's four pixels
  let start = select(vec4f(), b[o0 / 4 + min(l, NT / 4 - 1)], params.biased == 1);
  for (var o = 0; o < NT; o++) { //@unroll
    acc[o] = vec4f(subgroupShuffle(start[o % 4], u32(o / 4)));
  }
  var xv: array<vec4f, XV>;
  var xp: array<vec4f, TAPS>;                                   // of the four pixels at a tap
  var wv: array<vec4f, WV>;
  var wo: array<vec4f, TAPS>;                                   // weights of four channels
  for (var ky = 0; ky < params.kh; ky++) {
    let iy = iy0 + ky;
    for (var i = 0; i < XV; i++) { //@unroll
      let q = g * STEP + (i - LEFT);
      let inside = iy >= 0 && iy < params.ih && q >= 0 && q < params.iw4;
      let at = select(0, (image * params.ih + iy) * params.iw4 + q, inside);
      xv[i] = select(vec4f(), textureLoad(x, texel(at)), inside);
    }
    for (var r = 0; r < WV; r++) { //@unroll
      let e = r * S + l;
      wv[r] = textureLoad(w, texel((ky * params.kc + e / (NT / 4)) * (params.n / 4) + o0 / 4 + e % (NT / 4)));
    }
    for (var j = 0; j < TAPS; j++) { //@unroll
      for (var t = 0; t < 4; t++) { //@unroll
        xp[j][t] = xv[(FIRST + t * STEP + j) / 4][(FIRST + t * STEP + j) % 4];
      }
    }
    for (var q = 0; q < NT / 4; q++) { //@unroll
      for (var j = 0; j < TAPS; j++) { //@unroll
        wo[j] = subgroupShuffle(wv[(j * (NT / 4) + q) / S], u32((j * (NT / 4) + q) % S));
      }
      for (var o = 0; o < 4; o++) { //@unroll
        var sum = vec4f();
        for (var j = 0; j < TAPS; j++) { //@unroll
          sum += wo[j][o] * xp[j];
        }
        acc[4 * q + o] += sum;
      }
    }
  }
  for (var t = 0; t < 4; t++) { //@unroll
    let ox = 4 * g + t;
    if (raw < params.units && ox < params.ow) {
      let at = ((row * params.ow + ox) * params.n + o0) / 4;
      for (var o = 0; o < NT / 4; o++) { //@unroll
        let v = vec4f(acc[4 * o][t], acc[4 * o + 1][t], acc[4 * o + 2][t], acc[4 * o + 3][t]);
        if (o0 + o * 4 < params.n) { y[at + o] = activate(v, params.alpha); }
      }
    }
  }
}

//@include activation
