"""Writes selection.json: uncertainty, descriptors, suggestion and .npy files as numpy computes and writes them.

Run: python selection.py > selection.json   (needs numpy only; written with numpy 2.4)
"""

import base64
import io
import json

import numpy as np

rng = np.random.default_rng(2017)


def listed(array):
    return np.asarray(array).tolist()


def probabilities(members, pixels, classes):
    logits = rng.normal(size=(members, pixels, classes)) * 2
    e = np.exp(logits - logits.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype("f4")


def disagreement(members, pixels, classes):
    p = probabilities(members, pixels, classes)
    q = p.astype("f8")
    variance = q.var(0).mean(-1)  # ddof = 0: divided by the number of members
    mean = q.mean(0)
    return {
        "classes": classes,
        "members": [listed(m.ravel()) for m in p],
        "mean": listed(mean.ravel()),
        "variance": listed(variance),
        "score": float(variance.mean()),
        "entropy": listed(-(mean * np.log(mean)).sum(-1)),
    }


def similarity(members, images, width):
    """Mean over the members of the cosine; a zero vector has cosine 0 with everything."""
    d = np.maximum(rng.normal(size=(members, images, width)), 0).astype("f4")
    d[1, 2] = 0
    n = np.linalg.norm(d.astype("f8"), axis=-1, keepdims=True)
    unit = np.divide(d, n, out=np.zeros(d.shape), where=n > 0)
    return {
        "members": listed(d),
        "similarity": listed(np.einsum("mik,mjk->ij", unit, unit) / members),
    }


def suggest(uncertainty, descriptors, k, candidates, chosen=(), eligible=None):
    """Literally as the paper says, over sets of rows: F(S) = sum over x of max over i in S of cos(i, x)."""
    d = descriptors.astype("f8")
    n = np.linalg.norm(d, axis=1)
    similar = np.divide(d @ d.T, np.outer(n, n), out=np.zeros((len(d), len(d))), where=np.outer(n, n) > 0)
    chosen = list(chosen)
    eligible = [i for i in (range(len(d)) if eligible is None else eligible) if i not in chosen]
    su = sorted(eligible + chosen)

    def value(s):
        return similar[np.ix_(s, su)].max(0).sum() if s else 0.0

    order = sorted(eligible, key=lambda i: (-uncertainty[i], i))[:candidates]
    sa, rows, gains = chosen[:], [], []
    while len(rows) < min(k, len(order)):
        gain = {c: value(sa + [c]) - value(sa) for c in order if c not in rows}
        best = max(gain, key=lambda c: (gain[c], -c))
        rows.append(best)
        gains.append(gain[best])
        sa.append(best)
    return {"rows": rows, "gains": gains, "candidates": order}


def suggestion(images, width, k, candidates, signed, chosen=(), eligible=None):
    d = rng.normal(size=(images, width)) + (0 if signed else 1.5)
    d = np.round(d if signed else np.maximum(d, 0), 3).astype("f4")
    u = np.round(rng.random(images) / 4, 2)  # two digits: many are equal
    return {
        "k": k,
        "candidates": candidates,
        "chosen": list(chosen),
        "eligible": eligible,
        "uncertainty": listed(u),
        "descriptors": listed(d),
        "expected": suggest(u, d, k, candidates, chosen, eligible),
    }


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version)
    return base64.b64encode(file.getvalue()).decode()


a = np.round(rng.normal(size=(3, 4)), 3)
half = np.array([0, -0.0, 1, -2.5, 65504, 6e-8, 6.1e-5, 0.333251953125, np.inf, -np.inf], "<f2")
print(
    json.dumps(
        {
            "disagreement": [disagreement(4, 6, 2), disagreement(3, 5, 4)],
            "similarity": similarity(3, 5, 7),
            "suggestion": [
                suggestion(30, 6, 8, 16, signed=False),
                suggestion(30, 6, 8, 16, signed=True),
                suggestion(25, 5, 4, 9, False, chosen=[3, 11], eligible=[i for i in range(25) if i % 4 != 1]),
                suggestion(5, 3, 8, 16, signed=False),
            ],
            "npy": {
                "values": listed(a.ravel()),
                "half": ["inf" if x == np.inf else "-inf" if x == -np.inf else x for x in map(float, half)],
                "float32": npy(a.astype("<f4")),
                "float64": npy(a.astype("<f8")),
                "version2": npy(a.astype("<f4"), (2, 0)),
                "version3": npy(a.astype("<f4"), (3, 0)),
                "flat": npy(a.astype("<f4").ravel()),
                "scalar": npy(np.float32(7).reshape(())),
                "float16": npy(half),
                "columns": npy(np.asfortranarray(a.astype("<f4"))),
                "bigEndian": npy(a.astype(">f4")),
                "integers": npy(np.arange(4)),
                "structure": npy(np.zeros(2, [("x", "<f4"), ("y", "<f4")])),
            },
        }
    )
)
