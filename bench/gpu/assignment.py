"""The assignment of bench/gpu/all.js in PyTorch: python3 bench/gpu/assignment.py [M [N D]].

It computes in float32 without TF32, as the kernels of this project do.
"""

import sys
import time

import torch

M, N, D = [int(word) for word in sys.argv[1:]] + [65_536, 60_000, 64][len(sys.argv) - 1 :]
PART = max(1, 2**29 // N)  # samples at a time, since the scores of all would fill a GPU
device = "cuda" if torch.cuda.is_available() else "cpu"
torch.backends.cuda.matmul.allow_tf32 = False
torch.manual_seed(1)
y, h = torch.randn(N, D, device=device), torch.randn(N, device=device) / 10
wait = torch.cuda.synchronize if device == "cuda" else lambda: None


def count():
    """Counts for each i the samples of M normal ones whose <x, y_i> + h_i is greatest there."""
    counts = torch.zeros(N, dtype=torch.int64, device=device)
    for first in range(0, M, PART):
        x = torch.randn(min(PART, M - first), D, device=device)
        best = torch.addmm(h, x, y.T).max(dim=1).indices
        counts += torch.bincount(best, minlength=N)
    return counts


assert int(count().sum()) == M
wait()
times = []
for _ in range(10):
    start = time.perf_counter()
    count()
    wait()
    times.append(time.perf_counter() - start)
name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
print(f"PyTorch {torch.__version__} on {name}: M = {M}, N = {N}, d = {D}: {2e-9 * M * N * D / min(times):.1f} GFLOP/s")
