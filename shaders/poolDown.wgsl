// y[b, oy, ox, c] = x[b, oy·stride + ky − pad, ox·stride + kx − pad, c]
//   for the tap ky · kw + kx = index[b, oy, ox, c], or, where mean is 1, the mean over all ky < kh
//   and kx < kw that lie within x
//
// A thread computes one value, so that neighbouring threads read neighbouring channels.
// Dispatch grid(⌈batch · sh · sw · c / 64⌉).
//@flops mean * batch * sh * sw * c * kh * kw

struct Params {
//@include poolParams
  mean: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [batch, lh, lw, c]
// [batch, sh, sw, c]; where mean is 1 it is not read, and any buffer may be bound
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [batch, sh, sw, c]

//@include inside

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  let pixel = t / params.c;
  let row = pixel / params.sw;
  let b = row / params.sh;
  if b >= params.batch { return; }
  let c = t - pixel * params.c;
  let startX = (pixel - row * params.sw) * params.strideX - params.padX;
  let startY = (row - b * params.sh) * params.strideY - params.padY;
  if params.mean == 0 {
    let tap = i32(index[t]);
    let iy = clamp(startY + tap / params.kw, 0, params.lh - 1);
    let ix = clamp(startX + tap % params.kw, 0, params.lw - 1);
    y[t] = x[((b * params.lh + iy) * params.lw + ix) * params.c + c];
    return;
  }
  let taps = inside(pixel - row * params.sw, params.strideX, params.padX, params.kw, params.lw);
  let lines = inside(row - b * params.sh, params.strideY, params.padY, params.kh, params.lh);
  var sum = 0.0;
  for (var ky = lines.x; ky < lines.y; ky++) {
    var at = ((b * params.lh + startY + ky) * params.lw + startX + taps.x) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      sum += x[at];
      at += params.c;
    }
  }
  y[t] = sum / f32((lines.y - lines.x) * (taps.y - taps.x));
}
