// The bits of the index that v stands for: those of 0 for −0 too. They equal the bits of f32(i)
// only where v is the whole number i. Bits are compared, since a driver may assume that no
// comparison meets a NaN.
fn wholeBits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  return select(bits, 0u, bits == 0x80000000u);
}
