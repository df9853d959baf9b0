// dw[z][m = (ky, kx, c)][d] = Σ over images of part z and pixels (oy, ox) of x[b, oy·stride + ky − pad, …, c] · g[b, oy, ox, d], any c
// tapsGradient.wgsl for large sides whose channels are no multiple of 4 (grey and RGB pictures): a load of x fetches one row m for each
// lane. d is a multiple of 4. Dispatch [⌈m / TM⌉, ⌈d / 32⌉, parts].
//@flops 8 * batch * sh * sw * m * n4
enable subgroups;

const TM = 16;  // rows of a tile
const KU = 4;   // images that advance together
const S = 8;    // lanes
const RR = TM / S;

struct Params {
  m: i32,
  n4: i32,
  batch: i32,
  per: i32,
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
@group(0) @binding(1) var x: texture_storage_2d<r32float, read>;     // [batch, lh, lw, c]
@group(0) @binding(2) var g: texture_storage_2d<rgba32float, read>;  // [batch, sh, sw, d]
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;     // [parts, m, d]

//@include texel

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let d0 = i32(group.y) * S + l;                                // in vec4
  let z = i32(group.z);
  var dy: array<i32, RR>;
  var dx: array<i32, RR>;
  var off: array<i32, RR>;
  for (var r = 0; r < RR; r++) { //@unroll
    let m = min(m0 + r * S + l, params.m - 1);
    dy[r] = m / params.c / params.kw - params.padY;
    dx[r] = m / params.c % params.kw - params.padX;
    off[r] = (dy[r] * params.lw + dx[r]) * params.c + m % params.c;
  }
  var acc: array<vec4f, TM>;
  var av: array<f32, KU * RR>;
  var gv: array<vec4f, KU>;
  var b: array<f32, KU>;
  let xImage = params.lh * params.lw * params.c;
  let gImage = params.sh * params.sw * params.n4;
  let last = min(params.batch, (z + 1) * params.per);
  for (var n = z * params.per; n < last; n += KU) {
    for (var oy = 0; oy < params.sh; oy++) {
      for (var ox = 0; ox < params.sw; ox++) {
        let corner = n * xImage + (oy * params.strideY * params.lw + ox * params.strideX) * params.c;
        let pixel = n * gImage + (oy * params.sw + ox) * params.n4 + d0;
        for (var r = 0; r < RR; r++) { //@unroll
          let iy = oy * params.strideY + dy[r];
          let ix = ox * params.strideX + dx[r];
          let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
          let at = select(0, corner + off[r], inside);
          for (var u = 0; u < KU; u++) { //@unroll
            av[u * RR + r] = select(0.0, textureLoad(x, texel1(at + u * xImage)).x, inside && n + u < last);
          }
        }
        for (var u = 0; u < KU; u++) { //@unroll
          gv[u] = select(vec4f(), textureLoad(g, texel4(pixel + u * gImage)), n + u < last);
        }
        for (var i = 0; i < TM; i++) { //@unroll
          for (var u = 0; u < KU; u++) { //@unroll
            b[u] = subgroupShuffle(av[u * RR + i / S], u32(i % S));
          }
          acc[i] += b[0] * gv[0] + b[1] * gv[1] + b[2] * gv[2] + b[3] * gv[3];
        }
      }
    }
  }
  if (d0 < params.n4) {
    for (var i = 0; i < TM; i++) { //@unroll
      if (m0 + i < params.m) { dw[(z * params.m + m0 + i) * params.n4 + d0] = acc[i]; }
    }
  }
}
