  batch: i32,
  lh: i32,  // height and width of the large side
  lw: i32,
  c: i32,
  sh: i32,  // of the small side: the number of windows
  sw: i32,
  kh: i32,  // of a window
  kw: i32,
  strideY: i32,
  strideX: i32,
  padY: i32,
  padX: i32,
