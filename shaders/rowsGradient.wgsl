// dw[z][ky, j][o] = Σ x[b, oy·stride + ky − pad][(ox·stride − pad)·C + j] · g[b, oy, ox, o]
//   over the pixels (b, oy, ox) of part z, where j counts the taps (kx, c) and the values of a row
//
// The weight gradient of tapsGradient.wgsl, for pictures: the number C of channels of x is no
// multiple of 4, but the number of values in a row is. The number n of channels o is a multiple of
// 4. A lane goes along rows of g by four pixels, and holds their inputs in x as in rowsDown.wgsl.
// The sums for all taps and NT channels stay in registers. Each lane writes a part of its own, so
// that a workgroup writes 8 parts.
// Dispatch [kh, ⌈n / NT⌉, parts / 8].
//@flops 8 * rows * sw * kh * kc * n4
enable subgroups;

const NT: i32 = 16;   //@constant channels of a tile, a multiple of 4
const STEP: i32 = 2;  //@constant stride · C: values from pixel to pixel
const LEAD: i32 = 1;  //@constant pad · C: values before the row
const TAPS: i32 = 3;  //@constant kw · C
const S = 8;          // lanes
const LEFT = (LEAD + 3) / 4;
const FIRST = 4 * LEFT - LEAD;                 // position of the first pixel's first tap
const XV = (FIRST + 3 * STEP + TAPS + 3) / 4;  // vec4s of x that a lane holds
const N4 = NT / 4;

struct Params {
  rows: i32,     // of g, batch · sh
  per: i32,      // rows per workgroup, a multiple of 8
  kh: i32,
  kc: i32,       // TAPS
  groups: i32,   // of four pixels in a row, ⌈sw / 4⌉
  strideY: i32,
  padY: i32,
  lh: i32,
  lw4: i32,      // vec4s of a row of x
  sh: i32,
  sw: i32,
  n4: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;  // [batch, lh, lw, C]
@group(0) @binding(2) var g: texture_storage_2d<rgba32float, read>;  // [batch, sh, sw, n]
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;     // [parts, kh, TAPS, n]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let ky = i32(group.x);
  let o0 = i32(group.y) * N4;                                   // in vec4
  let z = i32(group.z);
  var acc: array<vec4f, TAPS * N4>;
  var xv: array<vec4f, XV>;
  var gv: array<vec4f, 4 * N4>;                                 // [pixel, channels]
  let last = min(params.rows, (z + 1) * params.per);
  for (var first = z * params.per; first < last; first += S) {
    let live = first + l < last;
    let row = select(0, first + l, live);
    let image = row / params.sh;
    let iy = (row - image * params.sh) * params.strideY - params.padY + ky;
    for (var p = 0; p < params.groups; p++) {
      for (var i = 0; i < XV; i++) { //@unroll
        let q = p * STEP + (i - LEFT);
        let inside = iy >= 0 && iy < params.lh && q >= 0 && q < params.lw4;
        let at = select(0, (image * params.lh + iy) * params.lw4 + q, inside);
        xv[i] = select(vec4f(), textureLoad(x, texel(at)), inside);
      }
      for (var t = 0; t < 4; t++) { //@unroll
        let ox = 4 * p + t;
        let at = (row * params.sw + min(ox, params.sw - 1)) * params.n4 + o0;
        for (var q = 0; q < N4; q++) { //@unroll
          gv[t * N4 + q] = select(vec4f(), textureLoad(g, texel(at + q)), live && ox < params.sw);
        }
      }
      for (var j = 0; j < TAPS; j++) { //@unroll
        for (var q = 0; q < N4; q++) { //@unroll
          var sum = vec4f();
          for (var t = 0; t < 4; t++) { //@unroll
            sum += xv[(FIRST + t * STEP + j) / 4][(FIRST + t * STEP + j) % 4] * gv[t * N4 + q];
          }
          acc[j * N4 + q] += sum;
        }
      }
    }
  }
  let at = (((z * S + l) * params.kh + ky) * params.kc) * params.n4 + o0;
  for (var q = 0; q < N4; q++) { //@unroll
    if (o0 + q < params.n4) {
      for (var j = 0; j < TAPS; j++) { //@unroll
        dw[at + j * params.n4 + q] = acc[j * N4 + q];
      }
    }
  }
}
