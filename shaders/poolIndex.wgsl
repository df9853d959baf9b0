// index[b, oy, ox, c] = ky · kw + kx, the number of the tap with the greatest value of the window
//   x[b, oy·stride + ky − pad, ox·stride + kx − pad, c] over ky < kh, kx < kw
//
// with LEAST of the least. Of equal values it is the first, and the first NaN where there is one.
// Taps outside of x do not count; each window has at least one within. A thread goes over RUN
// windows, which follow each other in a row of the small side.
// Dispatch grid(⌈batch · sh · ⌈sw · c / RUN⌉ / 64⌉).
//@flops 0

const LEAST: bool = false;  //@constant
const RUN: i32 = 16;        //@constant values that a thread computes

struct Params {
//@include poolParams
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;            // [batch, lh, lw, c]
@group(0) @binding(2) var<storage, read_write> index: array<f32>;  // [batch, sh, sw, c]

//@include pool

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let run = runOf((i32(group.y) * 32768 + i32(group.x)) * 64 + i32(thread), params.sw);
  let b = run.x / params.sh;
  if b >= params.batch { return; }
  let oy = run.x - b * params.sh;
  let lines = inside(oy, params.strideY, params.padY, params.kh, params.lh);
  let top = b * params.lh + oy * params.strideY - params.padY;  // line of x where windows begin
  var ox = run.y;
  var c = run.z;
  var at = (run.x * params.sw + ox) * params.c + c;
  for (var j = 0; j < min(RUN, run.w); j++) {
    index[at] = f32(search(lines, top, ox, c));
    at++;
    c++;
    if c == params.c {
      c = 0;
      ox++;
    }
  }
}

fn search(lines: vec2i, top: i32, ox: i32, c: i32) -> i32 {
  let taps = inside(ox, params.strideX, params.padX, params.kw, params.lw);
  let left = ox * params.strideX - params.padX;
  var best = 0.0;
  var found = -1;
  var nan = false;
  for (var ky = lines.x; ky < lines.y; ky++) {
    var at = ((top + ky) * params.lw + left + taps.x) * params.c + c;
    for (var kx = taps.x; kx < taps.y; kx++) {
      let v = x[at];
      if found < 0 || (!nan && (isNan(v) || beats(v, best))) {
        best = v;
        found = ky * params.kw + kx;
        nan = isNan(v);
      }
      at += params.c;
    }
  }
  return found;
}

fn beats(v: f32, best: f32) -> bool {
  if (LEAST) { return v < best; }
  return v > best;
}

fn isNan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}
