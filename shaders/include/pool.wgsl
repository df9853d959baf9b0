// The first tap of window number o that lies within an axis of the given length, and the one behind
// the last: a window begins at o · stride − pad and has k taps.
fn inside(o: i32, stride: i32, pad: i32, k: i32, length: i32) -> vec2i {
  let start = o * stride - pad;
  return vec2i(max(0, -start), min(k, length - start));
}

// Where the run of RUN values that thread t computes begins, in rows of `width` pixels of params.c
// channels: the row, the pixel, the channel, and the number of values up to the end of the row.
fn runOf(t: i32, width: i32) -> vec4i {
  let values = width * params.c;
  let runs = (values + RUN - 1) / RUN;
  let row = t / runs;
  let first = (t - row * runs) * RUN;
  let pixel = first / params.c;
  return vec4i(row, pixel, first - pixel * params.c, values - first);
}
