// y[b, oy, ox, c] = x[b, oy·stride + ky − pad, ox·stride + kx − pad, c]
//   for the tap ky · kw + kx = index[b, oy, ox, c], or, where mean is 1, the mean over all ky < kh
//   and kx < kw that lie within x
//
// A thread computes RUN values of a row of y.
// Dispatch grid(⌈batch · sh · ⌈sw · c / RUN⌉ / 64⌉).
//@flops mean * batch * sh * sw * c * kh * kw

const RUN: i32 = 16;  //@constant values that a thread computes

struct Params {
//@include poolParams
  mean: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [batch, lh, lw, c]
// [batch, sh, sw, c]; where mean is 1 it is not read, and any buffer may be bound
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [batch, sh, sw, c]

//@include pool

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.sw);
  let b = run.x / params.sh;
  if b >= params.batch { return; }
  let oy = run.x - b * params.sh;
  let startY = oy * params.strideY - params.padY;
  let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
  var ox = run.y;
  var c = run.z;
  var at = (run.x * params.sw + ox) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    let startX = ox * params.strideX - params.padX;
    if params.mean == 1 {
      y[at] = mean(lines, b * params.lh + startY, ox, c);
    } else {
      let tap = i32(index[at]);
      var ky = 0;
      if params.kh > 1 { ky = tap / params.kw; }
      let iy = clamp(startY + ky, 0, params.lh - 1);
      let ix = clamp(startX + tap - ky * params.kw, 0, params.lw - 1);
      y[at] = x[((b * params.lh + iy) * params.lw + ix) * params.c + c];
    }
    at++;
    c++;
    if c == params.c {
      c = 0;
      ox++;
    }
  }
}

fn mean(lines: vec2i, top: i32, ox: i32, c: i32) -> f32 {
  let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
  let left = ox * params.strideX - params.padX;
  var sum = 0.0;
  for (var ky = lines.x; ky < lines.y; ky++) {
    var at = ((top + ky) * params.lw + left + taps.x) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      sum += x[at];
      at += params.c;
    }
  }
  return sum / f32((lines.y - lines.x) * (taps.y - taps.x));
}
