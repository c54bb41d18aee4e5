"""The suggestion rule in numpy, float32, one thread: `select_numpy.py FOLDER`; answers one JSON line per command line."""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


def select(uncertainty, descriptors, k, candidates):
    candidate_rows = np.lexsort((np.arange(len(uncertainty)), -uncertainty))[:candidates]
    lengths = np.sqrt(np.einsum("ij,ij->i", descriptors, descriptors))
    similar = (descriptors @ descriptors[candidate_rows].T / lengths[:, None] / lengths[candidate_rows]).T
    best, rows = None, []
    for _ in range(k):
        # F of the empty set is 0, whatever the signs.
        gains = similar.sum(1, dtype="f8") if best is None else np.maximum(similar - best, 0).sum(1, dtype="f8")
        gains[[row in rows for row in candidate_rows]] = -np.inf
        first = int(np.argmax(gains))
        best = similar[first] if best is None else np.maximum(best, similar[first])
        rows.append(candidate_rows[first])
    return [int(row) for row in rows]


def main(folder):
    uncertainty = np.load(os.path.join(folder, "uncertainty.npy"))
    descriptors = np.load(os.path.join(folder, "descriptors.npy"))
    print(json.dumps({"ready": f"numpy {np.__version__}, 1 thread"}), flush=True)
    for _ in sys.stdin:
        before, start = time.process_time(), time.perf_counter()
        rows = select(uncertainty, descriptors, 8, 16)
        end, after = time.perf_counter(), time.process_time()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
        times = {"wallMs": 1e3 * (end - start), "cpuStartMs": 1e3 * before, "cpuEndMs": 1e3 * after}
        print(json.dumps({"rows": rows, **times, "peakMiB": peak}), flush=True)


try:
    import resource

    import numpy as np
except ImportError as error:
    print(json.dumps({"unavailable": str(error)}))
else:
    main(sys.argv[1])
