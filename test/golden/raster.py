"""Numbers for test/unit/{raster,shrink,enlarge,normalisation}.test.ts by numpy and Pillow.

python3 -m pip install numpy pillow && python3 test/golden/raster.py > test/golden/raster.json
"""
import json
import sys

import numpy as np
from PIL import Image

random = np.random.default_rng(3)


def block_means(a, f):
    """Box averages [h, w, c], incomplete blocks over what they have."""
    h, w, c = a.shape
    padded = np.full((-(-h // f) * f, -(-w // f) * f, c), np.nan)
    padded[:h, :w] = a
    blocks = padded.reshape(padded.shape[0] // f, f, padded.shape[1] // f, f, c)
    return np.floor(np.nanmean(blocks, axis=(1, 3)) + 0.5).astype(int)


def block_classes(m, f):
    h, w = m.shape
    out = np.zeros((-(-h // f), -(-w // f)), int)
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            block = m[y * f : (y + 1) * f, x * f : (x + 1) * f].ravel()
            if 2 * np.count_nonzero(block) >= block.size:
                out[y, x] = np.argmax(np.bincount(block, minlength=256)[1:]) + 1
    return out


rgb = random.integers(0, 256, (13, 19, 3))
deep = random.integers(0, 65536, (11, 9, 1))
mask = np.kron(random.integers(0, 4, (9, 11)), np.ones((2, 3), int))[:17, :]
result = {
    "rgb": rgb.ravel().tolist(),
    "deep": deep.ravel().tolist(),
    "mask": {"width": mask.shape[1], "height": mask.shape[0], "data": mask.ravel().tolist()},
    "shrink": {
        f: {
            "rgb": block_means(rgb, f).ravel().tolist(),
            "deep": block_means(deep, f).ravel().tolist(),
            "mask": block_classes(mask, f).ravel().tolist(),
        }
        for f in (2, 4, 8)
    },
}

# 3 rows above, 2 below, 40 columns at the left, 25 at the right: more than the picture has.
padded = np.pad(rgb, ((3, 2), (40, 25), (0, 0)), mode="reflect")
result["reflect"] = padded.ravel().tolist()

line = random.random((5, 7)).astype(np.float32)
result["map"] = line.ravel().tolist()
result["enlarge"] = {
    f: np.asarray(Image.fromarray(line).resize((7 * f, 5 * f), Image.BILINEAR), float).round(6).ravel().tolist()
    for f in (2, 4, 8)
}

# A mixed set: RGB 8 bit, grey 8 bit (counts in every channel), then the same with a 16-bit picture.
grey = random.integers(100, 140, (8, 8, 1))
wide = np.clip(random.normal(9000, 3000, (30, 20, 1)), 0, 65535).astype(int)


def statistics(pictures, low=None, high=None):
    samples = np.concatenate([np.broadcast_to(p, p.shape[:2] + (3,)).reshape(-1, 3) for p in pictures])
    if low is None:
        low, high = (int(np.quantile(samples, q, method="inverted_cdf")) for q in (0.001, 0.999))
    scaled = (samples - low) / (high - low)
    scaled = np.sign(scaled) * np.sqrt(np.abs(scaled))
    return {
        "low": low,
        "high": high,
        "mean": scaled.mean(0).tolist(),
        "deviation": scaled.std(0).tolist(),
    }


result["grey"] = grey.ravel().tolist()
result["wide"] = wide.ravel().tolist()
result["statistics8"] = statistics([rgb, grey], 0, 255)
result["statistics16"] = statistics([rgb * 257, grey * 257, wide])
json.dump(result, sys.stdout, separators=(",", ":"))
