// y[(b, oy, ox), (ky, kx, c)] = x[first + b, oy·stride + ky − pad, ox·stride + kx − pad, c]
//
// The value is 0 where the index is outside of x. A thread copies the kw · c values of one
// (b, oy, ox, ky), which are adjacent in x and in y.
// Dispatch sweep(rows), where rows = images · sh · sw · kh.
//@flops 0

const WORKGROUP_SIZE: i32 = 64;  //@constant threads of a workgroup

struct Params {
  rows: i32,
  chunk: i32,
  pitch: i32,
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
@group(0) @binding(1) var<storage, read> x: array<f32>;        // [batch, lh, lw, c]
// [images, sh, sw, pitch ≥ kh · kw · c]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let start = (i32(group.y) * 32768 + i32(group.x)) * params.chunk;
  for (var row = start + i32(thread); row < min(start + params.chunk, params.rows); row += WORKGROUP_SIZE) {
    copy_row(row);
  }
}

fn copy_row(row: i32) {
  let pixel = row / params.kh;
  let oy = (pixel / params.sw) % params.sh;
  let ox = pixel % params.sw;
  let iy = oy * params.strideY + row % params.kh - params.padY;
  let image = params.first + pixel / (params.sw * params.sh);
  let start = (image * params.lh + iy) * params.lw;
  var at = pixel * params.pitch + row % params.kh * params.kw * params.c;
  for (var kx = 0; kx < params.kw; kx++) {
    let ix = ox * params.strideX + kx - params.padX;
    let inside = iy >= 0 && iy < params.lh && ix >= 0 && ix < params.lw;
    for (var c = 0; c < params.c; c++) {
      y[at] = select(0.0, x[select(0, (start + ix) * params.c + c, inside)], inside);
      at++;
    }
  }
}
