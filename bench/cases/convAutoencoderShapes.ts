/** Weights [3, 3, large channels, small channels] and biases of the layers 1 → 16 → 32 → 16 → 1. */
export const SHAPES = {
  "down1.w": [3, 3, 1, 16],
  "down1.b": [16],
  "down2.w": [3, 3, 16, 32],
  "down2.b": [32],
  "up1.w": [3, 3, 16, 32],
  "up1.b": [16],
  "up2.w": [3, 3, 1, 16],
  "up2.b": [1],
} as const;
export type Name = keyof typeof SHAPES;
export const NAMES = Object.keys(SHAPES) as Name[];
export const SLOPE = 0.2;
export const ADAM = { rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
/** Number of steps whose losses are compared. */
export const STEPS = 4;
