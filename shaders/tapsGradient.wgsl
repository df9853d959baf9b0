// dw[z][m][d] = Σ x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] · g[b, oy, ox, d]
//   over the images b of part z and all pixels (oy, ox), where m = (ky, kx, c)
//
// The gradient of the weights of conv2d and of conv2dTranspose: x is the large side of either, g
// the small side. Both channel counts are multiples of 4.
//
// For drivers that run 8 lanes as one CPU vector. Each pixel adds an outer product: TM rows m are
// spread over TM / 4 lanes, each with a vec4 of channels c, and shuffled to all; a lane holds a
// vec4 of columns d. x and g are read from textures, as in matmulSubgroup.wgsl. The batch is cut
// into parts z in a fixed order, which are added afterwards, so that the bits are the same every
// time. KU images advance together, which keeps offsets constant and needs no special case at the
// ends of rows. Where all rows of a tile belong to one tap, the loops leave out the pixels for
// which it lies outside of x.
// Dispatch [⌈m / TM⌉, ⌈d / 32⌉, parts].
//@flops 8 * batch * sh * sw * m * n4
enable subgroups;

const TM: i32 = 16;          //@constant rows of a tile, 16 or 32
const ONE_TAP: bool = false; //@constant TM divides c
const RAGGED: bool = true;   //@constant the batch is no multiple of KU
const KU = 4;                // images that advance together
const S = 8;                 // lanes
const BAND = 16;             // rows that are stored at a time, after which the others move up
const G = TM / 4;            // lanes that hold the rows of one image
const W = S / G;             // images whose rows all lanes hold together
const AV = KU / W;

struct Params {
  m: i32,
  n4: i32,
  batch: i32,
  per: i32,  // a multiple of KU
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
@group(0) @binding(1) var x: texture_storage_2d<rgba32float, read>;  // [batch, lh, lw, c]
@group(0) @binding(2) var g: texture_storage_2d<rgba32float, read>;  // [batch, sh, sw, d]
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;     // [parts, m, d]

//@include texel

// The pixels o from 0 to small − 1; if ONE_TAP, those with o · stride + d from 0 to large − 1.
fn reach(d: i32, stride: i32, small: i32, large: i32) -> vec2i {
  if (!ONE_TAP) { return vec2i(0, small); }
  return vec2i(max(0, (stride - 1 - d) / stride), min(small, (large - 1 - d + stride) / stride));
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let d0 = i32(group.y) * S + l;                                // in vec4
  let z = i32(group.z);
  let m = min(m0 + 4 * (l % G), params.m - 4);                  // this lane's first row
  let dy = m / params.c / params.kw - params.padY;
  let dx = m / params.c % params.kw - params.padX;
  let tap = m0 / params.c;
  let ys = reach(tap / params.kw - params.padY, params.strideY, params.sh, params.lh);
  let xs = reach(tap % params.kw - params.padX, params.strideX, params.sw, params.lw);
  let image = l / G;                                            // of those that the lanes hold
  let off = ((dy * params.lw + dx) * params.c + m % params.c) / 4;
  var acc: array<vec4f, TM>;
  // Rows of image W·i + l / G.
  var av: array<vec4f, AV>;
  var gv: array<vec4f, KU>;
  var q: array<vec4f, KU>;                                      // four rows of each image
  let xImage = params.lh * params.lw * params.c / 4;
  let gImage = params.sh * params.sw * params.n4;
  let last = min(params.batch, (z + 1) * params.per);
  for (var n = z * params.per; n < last; n += KU) {
    for (var oy = ys.x; oy < ys.y; oy++) {
      for (var ox = xs.x; ox < xs.y; ox++) {
        let iy = oy * params.strideY + dy;
        let ix = ox * params.strideX + dx;
        let inside = ONE_TAP || (iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw);
        let corner = n * xImage + (oy * params.strideY * params.lw + ox * params.strideX) * params.c / 4;
        let at = select(0, corner + off + image * xImage, inside);
        let pixel = n * gImage + (oy * params.sw + ox) * params.n4 + d0;
        for (var i = 0; i < AV; i++) { //@unroll
          av[i] = textureLoad(x, texel(at + W * i * xImage));
          if (!ONE_TAP || RAGGED) {
            av[i] = select(vec4f(), av[i], inside && (!RAGGED || n + W * i + image < last));
          }
        }
        for (var u = 0; u < KU; u++) { //@unroll
          gv[u] = textureLoad(g, texel(pixel + u * gImage));
          if (RAGGED) { gv[u] = select(vec4f(), gv[u], n + u < last); }
        }
        for (var i = 0; i < G; i++) { //@unroll
          for (var u = 0; u < KU; u++) { //@unroll
            q[u] = subgroupShuffle(av[u / W], u32(u % W * G + i));
          }
          for (var j = 0; j < 4; j++) { //@unroll
            acc[4 * i + j] += q[0][j] * gv[0] + q[1][j] * gv[1] + q[2][j] * gv[2] + q[3][j] * gv[3];
          }
        }
      }
    }
  }
  if (d0 < params.n4) {
    let end = min(params.m, m0 + TM);
    for (var row = m0; row < end; row += BAND) {
      for (var i = 0; i < BAND; i++) { //@unroll
        if (row + i < end) { dw[(z * params.m + row + i) * params.n4 + d0] = acc[i]; }
      }
      for (var i = 0; i < TM - BAND; i++) { //@unroll
        acc[i] = acc[i + BAND];
      }
    }
  }
}
