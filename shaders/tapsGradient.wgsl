// dw[z][m = (ky, kx, c)][d] = Σ over images of part z and pixels (oy, ox) of x[b, oy·stride + ky − pad, …, c] · g[b, oy, ox, d]
// Weight gradient of conv2d and of conv2dTranspose alike: x is the large side, g the small side of either.
// For drivers that run 8 lanes as one CPU vector. An outer product per pixel: 32 rows m are spread over the lanes, a vec4 of channels c
// each, and broadcast; a lane holds a vec4 of columns d. Images are split over z in a fixed order and the parts added afterwards, so the
// bits are the same every time. KU images advance together: offsets stay constant and row ends are never ragged. Both channel
// counts are multiples of 4. Dispatch [⌈m / 32⌉, ⌈d / 32⌉, parts].
//@flops 8 * batch * sh * sw * m * n4
enable subgroups;

const TM = 32;  // rows of a tile: four of each lane
const KU = 2;   // images that advance together; four are a fifth slower
const S = 8;    // lanes

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
@group(0) @binding(1) var<storage, read> x: array<vec4f>;         // [batch, lh, lw, c]
@group(0) @binding(2) var<storage, read> g: array<vec4f>;         // [batch, sh, sw, d]
@group(0) @binding(3) var<storage, read_write> dw: array<vec4f>;  // [parts, m, d]

@compute @workgroup_size(8)
fn main(@builtin(subgroup_invocation_id) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let l = i32(lane);
  let m0 = i32(group.x) * TM;
  let d0 = i32(group.y) * S + l;                                // in vec4
  let z = i32(group.z);
  let m = min(m0 + 4 * l, params.m - 4);                        // this lane's first row
  let dy = m / params.c / params.kw - params.padY;
  let dx = m / params.c % params.kw - params.padX;
  let off = ((dy * params.lw + dx) * params.c + m % params.c) / 4;
  var acc: array<vec4f, TM>;
  var av: array<vec4f, KU>;
  var gv: array<vec4f, KU>;
  var b: array<f32, KU>;
  let xImage = params.lh * params.lw * params.c / 4;
  let gImage = params.sh * params.sw * params.n4;
  let last = min(params.batch, (z + 1) * params.per);
  for (var n = z * params.per; n < last; n += KU) {
    for (var oy = 0; oy < params.sh; oy++) {
      for (var ox = 0; ox < params.sw; ox++) {
        let iy = oy * params.strideY + dy;
        let ix = ox * params.strideX + dx;
        let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
        let corner = n * xImage + (oy * params.strideY * params.lw + ox * params.strideX) * params.c / 4;
        let at = select(0, corner + off, inside);
        let pixel = n * gImage + (oy * params.sw + ox) * params.n4 + d0;
        for (var u = 0; u < KU; u++) { //@unroll
          av[u] = select(vec4f(), x[at + u * xImage], inside && n + u < last);
          gv[u] = select(vec4f(), g[pixel + u * gImage], n + u < last);
        }
        for (var i = 0; i < TM; i++) { //@unroll
          for (var u = 0; u < KU; u++) { //@unroll
            b[u] = subgroupBroadcast(av[u][i % 4], u32(i / 4));
          }
          for (var u = 0; u < KU; u++) { //@unroll
            acc[i] += b[u] * gv[u];
          }
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
