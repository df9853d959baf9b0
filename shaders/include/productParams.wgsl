  m: i32,
  n: i32,
  k: i32,
  kChunk: i32,  // steps of k in a range
  am: i32,  // distances in a between neighbours along m and k, and between matrices
  ak: i32,
  az: i32,
  a0: i32,  // where a begins
  bk: i32,  // the same of b
  bn: i32,
  bz: i32,
  b0: i32,
  y0: i32,  // where y begins
  pitchY: i32,  // distance between rows of y
