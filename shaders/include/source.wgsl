// bits = philox((first + sample as two words, 65536 stream + q, 16), seed)
//
// Coordinates 4q .. 4q + 3 of point number `sample` of this dispatch, from these bits: standard
// normals, or uniforms of [-1/2, 1/2) where params.cube is 1. They lie in slots q, depth / 2 + q,
// depth / 4 + q and 3 depth / 4 + q: see slotOf in src/ot/points.ts. Needs //@include philox.
fn source4(sample: u32, q: u32) -> vec4f {
  let low = params.first_low + sample;
  let high = params.first_high + select(0u, 1u, low < sample);  // plus the carry
  let bits = philox(vec4u(low, high, params.stream * 65536u + q, 16u), vec2u(params.seed_low, params.seed_high));
  if params.cube == 1u { return uniform4(bits) - 0.5; }
  return normal4(bits);
}
