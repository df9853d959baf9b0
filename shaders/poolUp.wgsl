// y[b, iy, ix, c] = Σ x[b, oy, ox, c] · weight
//   over all windows oy, ox with a tap at iy, ix. The weight is 1 for the tap whose number
//   ky · kw + kx is index[b, oy, ox, c], and 0 for others; or, where mean is 1, it is 1 / n for a
//   window with n taps within y.
//
// Sums are in the order of the windows. A thread computes one value.
// Dispatch grid(⌈batch · lh · lw · c / 64⌉).
//@flops mean * batch * sh * sw * c * kh * kw

struct Params {
//@include poolParams
  mean: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [batch, sh, sw, c]
// [batch, sh, sw, c]; where mean is 1 it is not read, and any buffer may be bound
@group(0) @binding(2) var<storage, read> index: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;  // [batch, lh, lw, c]

//@include inside

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  let pixel = t / params.c;
  let row = pixel / params.lw;
  let b = row / params.lh;
  if b >= params.batch { return; }
  let c = t - pixel * params.c;
  let ix = pixel - row * params.lw + params.padX;
  let iy = row - b * params.lh + params.padY;
  var sum = 0.0;
  for (var oy = firstWindow(iy, params.strideY, params.kh); oy <= min(iy / params.strideY, params.sh - 1); oy++) {
    let ky = iy - oy * params.strideY;
    let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
    for (var ox = firstWindow(ix, params.strideX, params.kw); ox <= min(ix / params.strideX, params.sw - 1); ox++) {
      let kx = ix - ox * params.strideX;
      let at = ((b * params.sh + oy) * params.sw + ox) * params.c + c;
      if params.mean == 1 {
        let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
        sum += x[at] / f32((lines.y - lines.x) * (taps.y - taps.x));
      } else if i32(index[at]) == ky * params.kw + kx {
        sum += x[at];
      }
    }
  }
  y[t] = sum;
}

// The first window of k taps, one every `stride`, that reaches place i of an axis with its padding.
fn firstWindow(i: i32, stride: i32, k: i32) -> i32 {
  return max(0, i - k + stride) / stride;
}
