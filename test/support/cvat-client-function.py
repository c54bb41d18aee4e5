"""A detector for CVAT's command line: the bright pixels of an image are one mask of the label "gland"."""
import cvat_sdk.auto_annotation as cvataa
import numpy
from cvat_sdk.masks import encode_mask

spec = cvataa.DetectionFunctionSpec(labels=[cvataa.label_spec("gland", 0, type="mask")])


def detect(context, image):
    bright = numpy.asarray(image.convert("L")) > 128
    return [cvataa.mask(0, encode_mask(bright))] if bright.any() else []
