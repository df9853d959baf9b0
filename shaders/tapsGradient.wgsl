// dw[z][m][d] = Σ x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] · g[b, oy, ox, d]
//   over the images b of part z and all pixels (oy, ox), where m = (ky, kx, c)
//
// The gradient of the weights of conv2d and of conv2dTranspose: x is the large side of either, g
// the small side. Both channel counts are multiples of 4.
//
// For drivers that run 8 lanes as one CPU vector. Each pixel adds an outer product: a lane has a
// vec4 of rows m, of channels c of one tap, and TM columns d are spread over TM / 4 lanes, each
// with a vec4, and shuffled to all. x and g are read from textures, as in matmulSubgroup.wgsl.
// The batch is cut into parts z in a fixed order, which are added afterwards, so that the bits
// are the same every time. KU images advance together, which keeps offsets constant and needs no
// special case at the ends of rows. Where all rows of a tile belong to one tap, the loops leave
// out the pixels for which it lies outside of x.
// Dispatch [⌈m / 32⌉, ⌈d / TM⌉, parts].
//@flops 8 * batch * sh * sw * m * n4
enable subgroups;

const TM: i32 = 16;         //@constant columns of a tile, 16 or 32
const RAGGED: bool = true;  //@constant the batch is no multiple of KU
const KU = 4;               // images that advance together
const S = 8;                // lanes
const G = TM / 4;           // lanes that hold the columns of one image
const W = S / G;            // images whose columns all lanes hold together
const GV = KU / W;

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

// The pixels o that a tile sums over, as the first and the one after the last. These are all from 0
// to small − 1. If 32 divides c, a tile has one tap: then only those count whose o · stride + d is
// from 0 to large − 1.
fn reach(d: i32, stride: i32, small: i32, large: i32) -> vec2i {
  if (params.c % 32 != 0) { return vec2i(0, small); }
  return vec2i(max(0, (stride - 1 - d) / stride), min(small, (large - 1 - d + stride) / stride));
}

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * 4 * S;
  let d0 = i32(group.y) * G;                                    // in vec4
  let z = i32(group.z);
  let m = min(m0 + 4 * l, params.m - 4);                        // this lane's first row
  let dy = m / params.c / params.kw - params.padY;
  let dx = m / params.c % params.kw - params.padX;
  let tap = m0 / params.c;
  let ys = reach(tap / params.kw - params.padY, params.strideY, params.sh, params.lh);
  let xs = reach(tap % params.kw - params.padX, params.strideX, params.sw, params.lw);
  let off = ((dy * params.lw + dx) * params.c + m % params.c) / 4;
  var acc: array<vec4f, TM>;                                    // of each column, four rows
  var xv: array<vec4f, KU>;
  // Columns of image W·i + l / G.
  var gv: array<vec4f, GV>;
  var q: array<vec4f, KU>;                                      // four columns of each image
  let xImage = params.lh * params.lw * params.c / 4;
  let gImage = params.sh * params.sw * params.n4;
  let last = min(params.batch, (z + 1) * params.per);
  for (var n = z * params.per; n < last; n += KU) {
    for (var oy = ys.x; oy < ys.y; oy++) {
      for (var ox = xs.x; ox < xs.y; ox++) {
        let iy = oy * params.strideY + dy;
        let ix = ox * params.strideX + dx;
        let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
        let at = n * xImage + (oy * params.strideY * params.lw + ox * params.strideX) * params.c / 4 + off;
        let pixel = (n + l / G) * gImage + (oy * params.sw + ox) * params.n4 + d0 + l % G;
        for (var u = 0; u < KU; u++) { //@unroll
          xv[u] = select(vec4f(), textureLoad(x, texel(select(0, at + u * xImage, inside))), inside && (!RAGGED || n + u < last));
        }
        for (var i = 0; i < GV; i++) { //@unroll
          gv[i] = select(vec4f(), textureLoad(g, texel(pixel + W * i * gImage)), !RAGGED || n + W * i + l / G < last);
        }
        for (var i = 0; i < G; i++) { //@unroll
          for (var u = 0; u < KU; u++) { //@unroll
            q[u] = subgroupShuffle(gv[u / W], u32(u % W * G + i));
          }
          for (var j = 0; j < 4; j++) { //@unroll
            acc[4 * i + j] += q[0][j] * xv[0] + q[1][j] * xv[1] + q[2][j] * xv[2] + q[3][j] * xv[3];
          }
        }
      }
    }
  }
  if (m0 + 4 * l < params.m) {
    for (var d = d0; d < min(d0 + G, params.n4); d++) {
      for (var j = 0; j < 4; j++) { //@unroll
        dw[(z * params.m + m + j) * params.n4 + d] = vec4f(acc[0][j], acc[1][j], acc[2][j], acc[3][j]);
      }
      for (var i = 0; i < TM - 4; i++) { //@unroll
        acc[i] = acc[i + 4];
      }
    }
  }
}
