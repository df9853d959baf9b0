// y[b, iy, ix, c] = f(b[c] + Σ x[b, oy, ox, d] · w[ky, kx, c, d])
//   over d and all oy, ky, ox, kx with oy·stride + ky − pad = iy and ox·stride + kx − pad = ix,
//   where f(v) = v where v > 0, else alpha · v
//
// The transposed convolution of taps.wgsl from small to large, for pictures: the number C of
// channels of y is no multiple of 4, but the number ow · C of values in a row is. The number of
// channels d is a multiple of 4. A lane computes 4 · STEP values of a row of y, from 4g · STEP on,
// which the small pixels 4g to 4g + 3 are centred on. Tap j of pixel 4g + t contributes to value
// t · STEP − LEAD + j of them, whatever g, so that all indices are known at compile time and
// nothing is scattered. Four channels d are handled at a time. The weights are spread over the
// lanes and shuffled to all. All rows of y of a workgroup have the same phase, iy modulo stride,
// and so the same taps ky; the phase is the fastest axis of the grid, as in taps.wgsl.
// Dispatch [strideY, ⌈units / 8⌉, 1].
//@flops ((8 * Math.min(units - firstUnit, 8 * gy)) / groups) * iw * kh * kc * d4
enable subgroups;

const C: i32 = 1;     //@constant channels of y
const STEP: i32 = 2;  //@constant stride · C: values of y from small pixel to small pixel
const LEAD: i32 = 1;  //@constant pad · C
const TAPS: i32 = 3;  //@constant kw · C: taps of a row, side by side in w and in y
const S = 8;          // lanes
// small pixels before 4g that reach the lane's values
const BEFORE = (TAPS - 1 - LEAD) / STEP;
const XV = BEFORE + 1 + (4 * STEP - 1 + LEAD) / STEP;
const WV = (TAPS + S - 1) / S;                        // vec4s of weights that a lane fetches

struct Params {
  units: i32,      // batch · ⌈oh / strideY⌉ · groups
  firstUnit: i32,  // of this dispatch
  groups: i32,     // of a row, ⌈ow / (4 · strideX)⌉
  kh: i32,
  kc: i32,         // TAPS
  strideY: i32,
  padY: i32,
  ih: i32,
  iw: i32,
  oh: i32,
  ow4: i32,        // vec4s of a row of y
  d4: i32,
  biased: i32,     // 1: b is added to each sum; 0: b is not read
  alpha: f32,      // slope of f below 0; 1: f is the identity, 0: a ReLU
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;  // [batch, ih, iw, d]
@group(0) @binding(2) var w: texture_storage_2d<rgba32float, read>;  // [kh, kw, C, d]
// [C]; where biased is 0 it is not read, and any buffer may be bound
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;      // [batch, oh, ow, C]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let phase = i32(group.x);
  let raw = params.firstUnit + i32(group.y) * S + l;
  // past the end, loads are clamped and stores are masked
  let unit = min(raw, params.units - 1);
  let row = unit / params.groups;
  let g = unit - row * params.groups;
  let rows = (params.oh + params.strideY - 1) / params.strideY; // of a phase
  let image = row / rows;
  let uy = row - image * rows;
  let oy = uy * params.strideY + phase;
  var acc: array<vec4f, STEP>;
  for (var e = 0; e < 4 * STEP; e++) { //@unroll
    acc[e / 4][e % 4] = select(0.0, b[e % C], params.biased == 1);
  }
  var xv: array<vec4f, XV>;
  var wv: array<vec4f, WV>;
  for (var ky = (phase + params.padY) % params.strideY; ky < params.kh; ky += params.strideY) {
    let iy = uy + (phase + params.padY - ky) / params.strideY;
    for (var k = 0; k < params.d4; k++) {
      for (var t = 0; t < XV; t++) { //@unroll
        let ix = 4 * g + (t - BEFORE);
        let inside = iy >= 0 && iy < params.ih && ix >= 0 && ix < params.iw;
        let at = select(0, ((image * params.ih + iy) * params.iw + ix) * params.d4 + k, inside);
        xv[t] = select(vec4f(), textureLoad(x, texel(at)), inside);
      }
      for (var r = 0; r < WV; r++) { //@unroll
        wv[r] = textureLoad(w, texel((ky * params.kc + min(r * S + l, TAPS - 1)) * params.d4 + k));
      }
      for (var j = 0; j < TAPS; j++) { //@unroll
        let wj = subgroupShuffle(wv[j / S], u32(j % S));
        for (var t = 0; t < XV; t++) { //@unroll
          const e = (t - BEFORE) * STEP - LEAD + j;
          const at = clamp(e, 0, 4 * STEP - 1);
          if (e == at) { acc[at / 4][at % 4] += dot(wj, xv[t]); }
        }
      }
    }
  }
  for (var i = 0; i < STEP; i++) { //@unroll
    let q = g * STEP + i;
    if (raw < params.units && oy < params.oh && q < params.ow4) {
      y[(image * params.oh + oy) * params.ow4 + q] = activate(acc[i], params.alpha);
    }
  }
}

//@include activation
