// y[b, iy, ix, c] = Σ x[b, oy, ox, c] · weight
//   over all windows oy, ox with a tap at iy, ix. The weight is 1 for the tap whose number
//   ky · kw + kx is index[b, oy, ox, c], and 0 for others; or, where mean is 1, it is 1 / n for a
//   window with n taps within y.
//
// Sums are in the order of the taps. A thread computes RUN values of a row of y.
// Dispatch grid(⌈batch · lh · ⌈lw · c / RUN⌉ / 64⌉).
//@flops mean * batch * sh * sw * c * kh * kw

const RUN: i32 = 16;  //@constant values that a thread computes

struct Params {
//@include poolParams
  mean: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [batch, sh, sw, c]
// [batch, sh, sw, c]; where mean is 1 it is not read, and any buffer may be bound
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [batch, lh, lw, c]

//@include pool

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.lw);
  let b = run.x / params.lh;
  if b >= params.batch { return; }
  let line = run.x - b * params.lh + params.padY;
  let last = vec2i((run.y + params.padX) / params.strideX, line / params.strideY);
  // the last window that begins at or before the pixel, and the tap of that window at the pixel
  var ox = last.x;
  var tap = vec2i(run.y + params.padX, line) - last * vec2i(params.strideX, params.strideY);
  var c = run.z;
  var at = (run.x * params.lw + run.y) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    y[at] = total(b, vec2i(ox, last.y), tap, c);
    at++;
    c++;
    if c == params.c {
      c = 0;
      tap.x++;
      if tap.x == params.strideX {
        tap.x = 0;
        ox++;
      }
    }
  }
}

// The sum over this window and those before it, whose taps are a stride further each.
fn total(b: i32, last: vec2i, tap: vec2i, c: i32) -> f32 {
  var sum = 0.0;
  var oy = last.y;
  for (var ky = tap.y; ky < params.kh && oy >= 0; ky += params.strideY) {
    let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
    var ox = last.x;
    for (var kx = tap.x; kx < params.kw && ox >= 0; kx += params.strideX) {
      if oy < params.sh && ox < params.sw {
        let at = ((b * params.sh + oy) * params.sw + ox) * params.c + c;
        if params.mean == 1 {
          let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
          sum += x[at] / f32((lines.y - lines.x) * (taps.y - taps.x));
        } else if i32(index[at]) == ky * params.kw + kx {
          sum += x[at];
        }
      }
      ox--;
    }
    oy--;
  }
  return sum;
}
