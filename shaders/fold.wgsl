// y[b, iy, ix, c] = Σ over (oy, ky) with oy·stride + ky − pad = iy, and likewise for x, of x[(b, oy, ox), (ky, kx, c)] (col2im).
// The adjoint of unfold, as a gather: a thread adds up what reaches its value, 8 values 64 apart;
// dispatch grid(⌈count / 512⌉). Images are written from `first` on.

struct Params {
  count: i32,
  first: i32,
  lh: i32,
  lw: i32,
  c: i32,
  sh: i32,
  sw: i32,
  kh: i32,
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [images, sh, sw, kh, kw, c]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [batch, lh, lw, c]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = (i32(group.y) * 32768 + i32(group.x)) * 512 + i32(lane);
  let image = params.lh * params.lw * params.c;
  for (var e = 0; e < 8; e++) {
    let i = start + e * 64;
    if i < params.count {
      let c = i % params.c;
      let iy = i / (params.c * params.lw) % params.lh + params.padY;
      let ix = i / params.c % params.lw + params.padX;
      let b = i / image;
      var sum = 0.0;
      for (var ky = iy % params.strideY; ky < params.kh; ky += params.strideY) {
        let oy = (iy - ky) / params.strideY;
        if iy < ky || oy >= params.sh { continue; }
        for (var kx = ix % params.strideX; kx < params.kw; kx += params.strideX) {
          let ox = (ix - kx) / params.strideX;
          if ix < kx || ox >= params.sw { continue; }
          sum += x[((((b * params.sh + oy) * params.sw + ox) * params.kh + ky) * params.kw + kx) * params.c + c];
        }
      }
      y[params.first * image + i] = sum;
    }
  }
}
