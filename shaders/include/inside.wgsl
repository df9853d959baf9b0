// The first tap of window number o that lies within an axis of the given length, and the one behind
// the last: a window begins at o · stride − pad and has k taps.
fn inside(o: i32, stride: i32, pad: i32, k: i32, length: i32) -> vec2i {
  let start = o * stride - pad;
  return vec2i(max(0, -start), min(k, length - start));
}
