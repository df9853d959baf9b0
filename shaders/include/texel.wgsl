// Where a texture copy holds vec4 i of its buffer: in rows of 16 KiB, see
// src/kernels/textureCopies.ts.
fn texel(i: i32) -> vec2i {
  return vec2i(i & 1023, i >> 10u);
}
