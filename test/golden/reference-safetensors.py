"""A file by the reference implementation of the format, for test/unit/safetensors.test.ts.

python3 -m pip install numpy safetensors && python3 test/golden/reference-safetensors.py test/golden/reference.safetensors
"""
import sys

import numpy as np
from safetensors.numpy import save_file

tensors = {
    "member0.stem.0.filter": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8,
    "member0.head.bias": np.array([-1.5, 3.25], np.float32),
    "step": np.array(7, np.float32),
    "empty": np.zeros((0, 3), np.float32),
}
save_file(tensors, sys.argv[1], metadata={"made by": "safetensors", "note": "ü"})
