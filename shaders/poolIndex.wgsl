// index[b, oy, ox, c] = ky · kw + kx, the number of the tap with the greatest value of the window
//   x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] over ky < kh, kx < kw
//
// with LEAST of the least. Of equal values it is the first, and the first NaN where there is one.
// Taps outside of x do not count; each window has at least one within. A thread goes over a window.
// Dispatch grid(⌈batch · sh · sw · c / 64⌉).
//@flops 0

const LEAST: bool = false;  //@constant

struct Params {
//@include poolParams
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [batch, lh, lw, c]
@group(0) @binding(2) var<storage, read_write> index: array<f32>;  // [batch, sh, sw, c]

//@include inside

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let t = (i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread);
  let pixel = t / params.c;
  let row = pixel / params.sw;
  let b = row / params.sh;
  if b >= params.batch { return; }
  let c = t - pixel * params.c;
  let ox = pixel - row * params.sw;
  let oy = row - b * params.sh;
  let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
  let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
  var best = 0.0;
  var found = -1;
  for (var ky = lines.x; ky < lines.y; ky++) {
    let iy = oy * params.strideY - params.padY + ky;
    let ix = ox * params.strideX - params.padX + taps.x;
    var at = ((b * params.lh + iy) * params.lw + ix) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      let v = x[at];
      if found < 0 || (!isNan(best) && (isNan(v) || beats(v, best))) {
        best = v;
        found = ky * params.kw + kx;
      }
      at += params.c;
    }
  }
  index[t] = f32(found);
}

fn beats(v: f32, best: f32) -> bool {
  if (LEAST) { return v < best; }
  return v > best;
}

fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}
