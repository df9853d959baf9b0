// y[b, iy, ix, c] = Σ x[(b, oy, ox), (ky, kx, c)]
//   over all oy, ky, ox, kx with oy·stride + ky − pad = iy and ox·stride + kx − pad = ix
//
// The adjoint of im2col.wgsl, as a gather: a thread adds up the terms of its value, at most
// reachY · reachX, where reach = ⌈k / stride⌉. The rows of x begin with image `first` of y.
// Dispatch sweep(count).
//@flops (count / (lh * lw)) * sh * sw * kh * kw

const WORKGROUP_SIZE: i32 = 64;  //@constant threads of a workgroup

struct Params {
  count: i32,
  chunk: i32,
  pitch: i32,
  reachY: i32,
  reachX: i32,
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
// [images, sh, sw, pitch ≥ kh · kw · c]
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;  // [batch, lh, lw, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let start = (i32(group.y) * 32768 + i32(group.x)) * params.chunk;
  for (var i = start + i32(thread); i < min(start + params.chunk, params.count); i += WORKGROUP_SIZE) {
    y[params.first * params.lh * params.lw * params.c + i] = reaching(i);
  }
}

fn reaching(i: i32) -> f32 {
  // There are few divisions, since CPUs have no vector instruction for them.
  let pixel = i / params.c;
  let c = i - pixel * params.c;
  let row = pixel / params.lw;
  let ix = pixel - row * params.lw + params.padX;
  let b = row / params.lh;
  let iy = row - b * params.lh + params.padY;
  let oy0 = iy / params.strideY;
  let ox0 = ix / params.strideX;
  let ky0 = iy - oy0 * params.strideY;
  let kx0 = ix - ox0 * params.strideX;
  var sum = 0.0;
  for (var r = 0; r < params.reachY; r++) {
    let ky = ky0 + r * params.strideY;
    let oy = oy0 - r;
    let insideY = ky < params.kh && oy >= 0 && oy < params.sh;
    for (var q = 0; q < params.reachX; q++) {
      let kx = kx0 + q * params.strideX;
      let ox = ox0 - q;
      let inside = insideY && kx < params.kw && ox >= 0 && ox < params.sw;
      let at = ((b * params.sh + oy) * params.sw + ox) * params.pitch + (ky * params.kw + kx) * params.c + c;
      sum += select(0.0, x[select(0, at, inside)], inside);
    }
  }
  return sum;
}
