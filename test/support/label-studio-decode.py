"""Masks from regions of Label Studio by its own converter and a plain polygon filler.

Standard input: a list of results, each a list of regions of one class. Standard output: for each the run lengths of its
mask, row-major, background first. Polygons are filled at eight times the size and averaged.
"""
import json
import sys

import numpy
from label_studio_sdk.converter.brush import decode_rle
from PIL import Image, ImageDraw

FINER = 8


def brush(region):
    width, height = region["original_width"], region["original_height"]
    rgba = numpy.reshape(decode_rle(region["value"]["rle"]), (height, width, 4))
    return rgba[:, :, 3] > 127


def polygon(region):
    width, height = region["original_width"], region["original_height"]
    image = Image.new("L", (width * FINER, height * FINER))
    points = [
        (x / 100 * width * FINER - 0.5, y / 100 * height * FINER - 0.5)
        for x, y in region["value"]["points"]
    ]
    ImageDraw.Draw(image).polygon(points, fill=1)
    fine = numpy.asarray(image).reshape(height, FINER, width, FINER)
    return fine.mean(axis=(1, 3)) >= 0.5


def runs(mask):
    flat = mask.ravel().astype(numpy.int8)
    edges = numpy.flatnonzero(numpy.diff(flat)) + 1
    bounds = numpy.concatenate(([0], edges, [flat.size]))
    lengths = numpy.diff(bounds).tolist()
    return [0, *lengths] if flat[0] else lengths


masks = []
for result in json.load(sys.stdin):
    parts = [brush(one) if one["type"] == "brushlabels" else polygon(one) for one in result]
    masks.append(runs(numpy.logical_or.reduce(parts)))
json.dump(masks, sys.stdout)
