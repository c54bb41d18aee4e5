"""Masks for test/unit/polygon.test.ts by numpy: a pixel belongs to a shape that holds its centre.

Independent of the product: rays go down (the product's go right), ellipses by their inequality.
python3 -m pip install numpy && python3 test/golden/label-studio/geometry.py > test/golden/label-studio/geometry.json
"""
import json

import numpy as np

random = np.random.default_rng(11)


def centres(w, h):
    return np.meshgrid(np.arange(w) + 0.5, np.arange(h) + 0.5)


def polygon(points, w, h):
    x, y = centres(w, h)
    inside = np.zeros((h, w), bool)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0)):
        if ax == bx:
            continue
        between = (ax < x) != (bx < x)
        inside ^= between & (ay + (x - ax) / (bx - ax) * (by - ay) > y)
    return inside


def ellipse(cx, cy, rx, ry, degrees, w, h):
    x, y = centres(w, h)
    turn = np.exp(-1j * np.deg2rad(degrees))
    local = ((x - cx) + 1j * (y - cy)) * turn
    return (local.real / rx) ** 2 + (local.imag / ry) ** 2 <= 1


def runs(mask):
    flat = np.concatenate([[False], mask.ravel()])
    changes = np.flatnonzero(np.diff(flat.astype(int)))
    return np.diff(np.concatenate([[0], changes, [mask.size]])).tolist()


result = {"polygons": [], "ellipses": []}
for w, h, n, spread in [(24, 18, 3, 1.0), (40, 30, 7, 1.0), (64, 50, 40, 1.0), (31, 17, 12, 1.8), (9, 70, 5, 1.2)]:
    points = (random.random((n, 2)) - 0.5) * spread * [w, h] + [w / 2, h / 2]
    points = points.round(3) + 0.0001234
    result["polygons"].append({"width": w, "height": h, "points": points.tolist(), "runs": runs(polygon(points, w, h))})
for w, h, values in [
    (40, 30, (20.2, 14.9, 12.3, 7.1, 0)),
    (40, 30, (20.2, 14.9, 12.3, 7.1, 30)),
    (40, 30, (11.7, 20.1, 25.3, 3.1, 117.5)),
    (33, 21, (16.5, 10.5, 0.6, 0.6, 45)),
    (50, 50, (0.3, 49.2, 40.1, 18.7, -20)),
]:
    result["ellipses"].append({"width": w, "height": h, "ellipse": list(values), "runs": runs(ellipse(*values, w, h))})
print(json.dumps(result))
