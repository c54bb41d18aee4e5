"""Small image files with the pixels that Pillow or numpy put into them, for test/unit/images.test.ts.

python3 -m pip install numpy pillow && python3 test/golden/images.py > test/golden/images.json
"""
import base64
import io
import json
import struct
import sys
import zlib

import numpy as np
from PIL import Image

random = np.random.default_rng(5)
H, W = 6, 8
grey = random.integers(0, 256, (H, W), dtype=np.uint8)
rgb = random.integers(0, 256, (H, W, 3), dtype=np.uint8)
files = {}


def add(name, data, pixels=None, channels=None):
    entry = {"base64": base64.b64encode(data).decode(), "channels": channels}
    if pixels is not None:
        entry["pixels"] = np.asarray(pixels).astype(int).ravel().tolist()
        entry["channels"] = 1 if np.ndim(pixels) == 2 else 3
    files[name] = entry


def pillow(name, image, pixels=None, channels=None, **options):
    out = io.BytesIO()
    image.save(out, format={"jpg": "JPEG", "tif": "TIFF"}.get(name.split(".")[-1], name.split(".")[-1].upper()), **options)
    add(name, out.getvalue(), pixels, channels)


def png(depth, kind, rows):
    """A PNG by hand: Pillow does not write 16-bit colours."""
    def chunk(tag, data):
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    header = struct.pack(">IIBBBBB", W, len(rows), depth, kind, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(r) for r in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


pillow("grey.png", Image.fromarray(grey), grey)
pillow("rgb.png", Image.fromarray(rgb), rgb)
pillow("grey-alpha.png", Image.fromarray(np.dstack([grey, grey[::-1]])), grey)
pillow("rgb-alpha.png", Image.fromarray(np.dstack([rgb, grey])), rgb)
pillow("bit.png", Image.fromarray(grey > 127), (grey > 127) * 255)
pillow("rgb.tif", Image.fromarray(rgb), rgb)
pillow("rgb.webp", Image.fromarray(rgb), rgb, lossless=True)
pillow("rgb.jpg", Image.fromarray(rgb), channels=3)
pillow("grey.jpg", Image.fromarray(grey), channels=1)
pillow("cmyk.jpg", Image.fromarray(rgb).convert("CMYK"), channels=3)

palette = Image.fromarray((grey // 64).astype(np.uint8), mode="P")
colours = [0, 0, 0, 200, 0, 0, 0, 200, 0, 9, 9, 200]
palette.putpalette(colours)
pillow("palette.png", palette, np.array(colours).reshape(4, 3)[grey // 64])
greys = [0, 0, 0, 1, 1, 1, 2, 2, 2, 7, 7, 7]
palette.putpalette(greys)
pillow("palette-grey.png", palette, np.array(greys)[::3][grey // 64])

deep = random.integers(0, 65536, (H, W), dtype=np.uint16)
pillow("grey16.png", Image.fromarray(deep), deep)
pillow("grey16.tif", Image.fromarray(deep), deep)
for name, kind, count in (("rgb16.png", 2, 3), ("rgb-alpha16.png", 6, 4), ("grey-alpha16.png", 4, 2)):
    a = random.integers(0, 65536, (H, W, count)).astype(">u2")
    add(name, png(16, kind, [r.tobytes() for r in a]), a[:, :, 0] if count == 2 else a[:, :, :3])

rotated = Image.Exif()
rotated[0x112] = 6
pillow("turned.tif", Image.fromarray(rgb), rgb, exif=rotated)
pillow("turned.jpg", Image.fromarray(rgb), channels=3, exif=rotated)
profile = b"no profile at all"
pillow("profile.png", Image.fromarray(rgb), rgb, icc_profile=profile)

# Must be refused.
pillow("float.tif", Image.fromarray(grey.astype(np.float32)))
pillow("pages.tif", Image.fromarray(grey), save_all=True, append_images=[Image.fromarray(grey)])
pillow("colours.gif", Image.fromarray(rgb))
pillow("plain.bmp", Image.fromarray(rgb))
add("zero.png", png(8, 0, []))
json.dump({"width": W, "height": H, "files": files}, sys.stdout)
