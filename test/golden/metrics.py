"""Reference numbers for the segmentation metrics, by numpy, scipy and scikit-image; shares no code with the product.

    python3 -m venv .cache/reference && .cache/reference/bin/pip install numpy scipy scikit-image
    .cache/reference/bin/python test/golden/metrics.py > test/golden/metrics.json

Rasters are written as run lengths: value, length, value, length, ... in reading order. All seeds are fixed. Every
object is a full-size boolean image and every pair is measured, so this is slow and plain on purpose.
Definitions: Sirinukunwattana et al., "Gland segmentation in colon histology images: the GlaS challenge contest",
Medical Image Analysis 35 (2017), section "Evaluation".
"""
import json
import sys

import numpy as np
import scipy
import skimage
from scipy.ndimage import gaussian_filter
from scipy.stats import bootstrap
from skimage.draw import disk, ellipse
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.metrics import hausdorff_distance


def runs(raster):
    flat = np.asarray(raster).ravel().astype(int)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    return [int(v) for a, b in zip(edges[:-1], edges[1:]) for v in (flat[a], b - a)]


# ---- pixels


def pixel_numbers(counts):
    tp, fp, fn = np.asarray(counts, float).T
    with np.errstate(invalid="ignore"):
        dice = np.where(tp + fp + fn == 0, 1.0, 2 * tp / (2 * tp + fp + fn))
        iu = np.where(tp + fp + fn == 0, 1.0, tp / (tp + fp + fn))
    return {
        "counts": [[int(n) for n in row] for row in counts],
        "dice": dice.tolist(),
        "iu": iu.tolist(),
        "meanIu": float(iu.mean()),
        "foregroundDice": float(dice[1:].mean()),
    }


def pixel_counts(predicted, truth, classes):
    return [
        [
            int(((predicted == c) & (truth == c)).sum()),
            int(((predicted == c) & (truth != c)).sum()),
            int(((predicted != c) & (truth == c)).sum()),
        ]
        for c in range(classes)
    ]


# ---- objects


def masks_of(ids):
    return [ids == i for i in np.unique(ids) if i != 0]


def one_way(own, others, diagonal):
    """(area, Dice, Hausdorff) of every object of one side."""
    rows = []
    for mask in own:
        overlaps = np.array([(mask & other).sum() for other in others])
        if len(others) == 0:
            rows.append((mask.sum(), 0.0, diagonal))
        elif overlaps.max() == 0:
            rows.append((mask.sum(), 0.0, min(hausdorff_distance(mask, other) for other in others)))
        else:
            best = others[int(np.argmax(overlaps))]  # argmax: the first, so the lower id
            dice = 2 * overlaps.max() / (mask.sum() + best.sum())
            rows.append((mask.sum(), dice, hausdorff_distance(mask, best)))
    return rows


def found(predicted, truth):
    taken = set()
    for mask in predicted:
        overlaps = [int((mask & other).sum()) for other in truth]
        if not overlaps or max(overlaps) == 0:
            continue
        best = overlaps.index(max(overlaps))
        if overlaps[best] >= 0.5 * truth[best].sum():
            taken.add(best)
    return len(taken)


def object_parts(predicted_ids, truth_ids):
    predicted, truth = masks_of(predicted_ids), masks_of(truth_ids)
    diagonal = float(np.hypot(*truth_ids.shape))
    tp = found(predicted, truth)
    return {
        "counts": [tp, len(predicted) - tp, len(truth) - tp],
        "predicted": one_way(predicted, truth, diagonal),
        "truth": one_way(truth, predicted, diagonal),
    }


def object_numbers(parts):
    """One image, or several as if they were one."""
    tp, fp, fn = np.sum([p["counts"] for p in parts], axis=0)
    predicted = np.array([row for p in parts for row in p["predicted"]], float).reshape(-1, 3)
    truth = np.array([row for p in parts for row in p["truth"]], float).reshape(-1, 3)
    sides = [side for side in (predicted, truth) if len(side)]
    if not sides:
        f1, dice, hausdorff = 1.0, 1.0, 0.0
    else:
        precision = tp / (tp + fp) if tp + fp else 0.0
        recall = tp / (tp + fn) if tp + fn else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        dice = np.mean([np.average(s[:, 1], weights=s[:, 0]) for s in sides])
        hausdorff = np.mean([np.average(s[:, 2], weights=s[:, 0]) for s in sides])
    return {
        "counts": [int(tp), int(fp), int(fn)],
        "f1": float(f1),
        "dice": float(dice),
        "hausdorff": float(hausdorff),
    }


# ---- pairs of masks


def discs(rng, h, w, n, jitter, radius, hole=0.0):
    """Truth and prediction as ids: the same discs, each moved and resized a little; some only on one side."""
    truth, predicted = np.zeros((h, w), int), np.zeros((h, w), int)
    for i in range(1, n + 1):
        cy, cx, r = rng.uniform(0, h), rng.uniform(0, w), rng.uniform(0.5, 1.5) * radius
        for raster, keep in ((truth, rng.random() < 0.9), (predicted, rng.random() < 0.85)):
            dy, dx, s = rng.normal(0, jitter, 2).tolist() + [rng.uniform(0.7, 1.3)]
            if keep:
                raster[ellipse(cy + dy, cx + dx, r * s, r * rng.uniform(0.8, 1.2), shape=(h, w))] = i
                if hole and rng.random() < 0.7:
                    raster[disk((cy + dy, cx + dx), r * s * hole, shape=(h, w))] = 0
    return predicted, truth


def blobs(rng, h, w, sigma, classes=2):
    base = rng.normal(size=(h, w))
    fields = [gaussian_filter(base + 0.6 * rng.normal(size=(h, w)), sigma) for _ in range(2)]
    edges = np.quantile(fields[1], np.linspace(0.5, 1, classes)[:-1])
    return [np.digitize(f, edges) for f in fields]


def make_pairs():
    """Yields name, set, classes, predicted mask, truth mask, predicted ids or None, truth ids or None."""
    none = np.zeros((20, 31), int)
    rng = np.random.default_rng(1)
    some = (discs(rng, 20, 31, 4, 0, 3)[1] > 0).astype(int)
    yield "empty on both sides", "empty", 2, none, none, None, None
    yield "nothing predicted", "empty", 2, none, some, None, None
    yield "nothing true", "empty", 2, some, none, None, None
    yield "identical", "empty", 2, some, some, None, None

    for seed, (h, w, n, jitter, radius) in enumerate(
        [(48, 64, 8, 1.5, 5), (64, 48, 12, 2.5, 5), (60, 60, 20, 1, 3), (40, 90, 6, 5, 8), (64, 64, 30, 2, 4)]
    ):
        p, t = discs(np.random.default_rng(100 + seed), h, w, n, jitter, radius)
        mp, mt = (p > 0).astype(int), (t > 0).astype(int)
        yield f"discs {seed}", "discs", 2, mp, mt, None, None
        yield f"discs {seed} against ids", "ids", 2, mp, mt, None, t
    for seed in range(3):
        p, t = discs(np.random.default_rng(200 + seed), 56, 56, 7, 2, 9, hole=0.6)
        yield f"rings {seed}", "holes", 2, (p > 0).astype(int), (t > 0).astype(int), None, None
    for seed, (density_p, density_t) in enumerate([(0.02, 0.02), (0.01, 0.05), (0.05, 0.003)]):
        rng = np.random.default_rng(300 + seed)
        p, t = (rng.random((40, 44)) < density_p).astype(int), (rng.random((40, 44)) < density_t).astype(int)
        yield f"specks {seed}", "tiny", 2, p, t, None, None
    for seed, density in enumerate([0.25, 0.4, 0.55]):
        rng = np.random.default_rng(400 + seed)
        p, t = (rng.random((2, 32, 36)) < density).astype(int)
        yield f"noise {seed}", "noise", 2, p, t, None, None
    for seed, sigma in enumerate([1.5, 2.5, 4]):
        p, t = blobs(np.random.default_rng(500 + seed), 60, 72, sigma)
        yield f"blobs {seed}", "blobs", 2, p, t, None, None
    for seed, classes in enumerate([3, 4, 5]):
        p, t = blobs(np.random.default_rng(600 + seed), 50, 58, 2.5, classes)
        yield f"classes {seed}", f"{classes} classes", classes, p, t, None, None
    # A class that is on neither side, and one on one side only.
    p, t = blobs(np.random.default_rng(650), 40, 40, 2.5)
    yield "absent class", "5 classes", 5, np.where(p > 0, 3, 0), np.where(t > 0, 1, 0), None, None
    # Touching objects on both sides: Voronoi cells as ids, ids neither dense nor in reading order.
    for seed in range(3):
        rng = np.random.default_rng(700 + seed)
        yy, xx = np.mgrid[0:48, 0:52]
        cells = []
        centres = rng.uniform(0, 48, (14, 2))
        for _ in range(2):
            moved = centres + rng.normal(0, 2.5, centres.shape)
            nearest = np.argmin([(yy - y) ** 2 + (xx - x) ** 2 for y, x in moved], axis=0)
            names = rng.permutation(60000)[:14] + 1
            names[rng.integers(0, 14, 4)] = 0
            cells.append(names[nearest])
        p, t = cells
        yield f"cells {seed}", "cells", 2, (p > 0).astype(int), (t > 0).astype(int), p, t
    # One id in several places.
    for seed in range(2):
        rng = np.random.default_rng(800 + seed)
        p, t = discs(rng, 50, 50, 12, 2, 4)
        yield f"scattered ids {seed}", "scattered", 2, (p > 0).astype(int), (t > 0).astype(int), p % 5, t % 4
    # Exact halves: two predicted objects cover half of the same true one each; equal overlaps.
    t = np.zeros((16, 24), int)
    t[4:12, 4:20] = 1
    p = t.copy()
    p[:, 12:] *= 2
    yield "exact halves", "halves", 2, (p > 0).astype(int), t, p, t
    yield "two in one", "halves", 2, t, (p > 0).astype(int), t, p
    p = t.copy()
    p[:, 11:] = 0
    yield "less than half", "halves", 2, p, t, None, None
    # The farthest pixel is inside: a filled square against a frame.
    t = np.zeros((41, 37), int)
    t[5:36, 4:33] = 1
    p = t.copy()
    p[7:34, 6:31] = 0
    yield "frame against square", "frames", 2, p, t, None, None
    yield "square against frame", "frames", 2, t, p, None, None
    hole = np.zeros((41, 37), int)
    hole[18:22, 15:21] = 1
    yield "speck inside a frame", "frames", 2, hole, p, None, None
    # One row, one column, one pixel.
    rng = np.random.default_rng(900)
    p, t = (rng.random((2, 70)) < 0.5).astype(int)
    yield "one row", "lines", 2, p[None], t[None], None, None
    yield "one column", "lines", 2, p[:, None], t[:, None], None, None
    yield "one pixel", "lines", 2, np.ones((1, 1), int), np.zeros((1, 1), int), None, None


def main():
    cases, sets = [], {}
    for name, group, classes, predicted, truth, predicted_ids, truth_ids in make_pairs():
        h, w = truth.shape
        counts = pixel_counts(predicted, truth, classes)
        parts = {}
        for c in range(1, classes):
            parts[c] = object_parts(label(predicted == c, connectivity=2), label(truth == c, connectivity=2))
        case = {
            "name": name,
            "width": w,
            "height": h,
            "classes": classes,
            "predicted": runs(predicted),
            "truth": runs(truth),
            "pixels": pixel_numbers(counts),
            "objects": [object_numbers([parts[c]]) for c in range(1, classes)],
        }
        if truth_ids is not None:
            own = label(predicted > 0, connectivity=2) if predicted_ids is None else predicted_ids
            if predicted_ids is not None:
                case["predictedIds"] = runs(predicted_ids)
            case["truthIds"] = runs(truth_ids)
            case["idObjects"] = object_numbers([object_parts(own, truth_ids)])
        cases.append(case)
        sets.setdefault(group, []).append((case, counts, parts))
    pooled = []
    everything = [row for rows in sets.values() for row in rows if row[0]["classes"] == 2]
    for group, rows in [*sets.items(), ("all of two classes", everything)]:
        pooled.append(
            {
                "name": group,
                "cases": [case["name"] for case, _, _ in rows],
                "pixels": pixel_numbers(np.sum([counts for _, counts, _ in rows], axis=0)),
                "objects": [object_numbers([parts[c] for _, _, parts in rows]) for c in rows[0][2]],
            }
        )

    otsu = []
    for name, seed, channels, top in [
        ("grey 8 bit", 1, 1, 255),
        ("grey 16 bit", 2, 1, 65535),
        ("colour 8 bit", 3, 3, 255),
        ("colour 16 bit", 4, 3, 65535),
        ("dark objects", 5, 1, 255),
        ("constant", 6, 1, 255),
        ("two values", 7, 1, 255),
    ]:
        rng = np.random.default_rng(1000 + seed)
        p, t = blobs(rng, 22, 26, 2)
        level = 0.35 + 0.25 * (p if name != "dark objects" else 1 - p)
        picture = level[..., None] + rng.normal(0, 0.08, (22, 26, channels))
        picture = np.clip(np.rint(picture * top), 0, top).astype(np.int64)
        if name == "constant":
            picture[:] = 77
        if name == "two values":
            picture = np.where(p > 0, 200, 10)[..., None]
        grey = picture[..., 0]
        if channels == 3:
            grey = (picture @ np.array([299, 587, 114]) + 500) // 1000
        grey = grey.astype(np.uint8 if top == 255 else np.uint16)
        threshold = int(threshold_otsu(grey))
        bright = grey > threshold
        score = lambda m: float(2 * (m & (t > 0)).sum() / (m.sum() + (t > 0).sum()))
        otsu.append(
            {
                "name": name,
                "width": 26,
                "height": 22,
                "channels": channels,
                "bits": 8 if top == 255 else 16,
                "data": [int(v) for v in picture.ravel()],
                "truth": runs(t),
                "threshold": threshold,
                "bright": score(bright),
                "dark": score(~bright),
            }
        )

    rng = np.random.default_rng(2000)
    intervals = []
    for n in (5, 10, 30):
        values = rng.gamma(2, 0.1, n)
        ends = bootstrap(
            (values,), np.mean, n_resamples=200_000, method="percentile", random_state=n, batch=20_000
        ).confidence_interval
        intervals.append(
            {
                "values": values.tolist(),
                "low": float(ends.low),
                "high": float(ends.high),
                "deviation": float(values.std() / np.sqrt(n)),
            }
        )
    curves = []
    for n in (1, 2, 9):
        x, y = np.cumsum(rng.uniform(0.1, 1, n)), rng.uniform(0, 1, n)
        area = y[0] if n == 1 else np.trapezoid(y, x) / (x[-1] - x[0])
        curves.append({"x": x.tolist(), "y": y.tolist(), "area": float(area)})

    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-image": skimage.__version__}
    blocks = [f' "versions": {json.dumps(versions)}']
    for key, rows in [("cases", cases), ("sets", pooled), ("otsu", otsu), ("intervals", intervals), ("curves", curves)]:
        lines = ",\n  ".join(json.dumps(row, separators=(",", ":")) for row in rows)
        blocks.append(f' "{key}": [\n  {lines}\n ]')
    sys.stdout.write("{\n" + ",\n".join(blocks) + "\n}\n")
    print(f"{len(cases)} pairs, {len(pooled)} sets, {len(otsu)} pictures", file=sys.stderr)


main()
