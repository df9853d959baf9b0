// The coordinates of vec4 i of a buffer in its texture copy, which has rows of 16 KiB: see
// src/kernels/textureCopies.ts.
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
