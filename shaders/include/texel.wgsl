// Where an image holds vec4 i of a buffer, and value i: row by row of 16 KiB, see src/kernels/images.ts.
fn texel4(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}

fn texel1(i: i32) -> vec2i {
  return vec2i(i & 4095, i >> 12u);
}
