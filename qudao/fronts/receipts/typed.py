"""A signature by keyboard: the typed name, set in the font that we carry, as a picture."""

from __future__ import annotations

import gzip
import io
from importlib import resources
from typing import Final

from PIL import Image, ImageDraw, ImageFont

SIZE: Final = (900, 450)


def signature_of(name: str) -> bytes:
    """Return a name as a PNG, as large as it fits: it stands where a drawn signature would."""
    packed = resources.files("qudao.fronts.receipts") / "fonts" / "NotoSansSC-GB2312.ttf.gz"
    face = gzip.decompress(packed.read_bytes())
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    for size in range(160, 19, -10):
        font = ImageFont.truetype(io.BytesIO(face), size)
        if pen.textlength(name, font=font) <= SIZE[0] - 80:
            break
    pen.text((SIZE[0] / 2, SIZE[1] / 2), name, font=font, fill="#14201e", anchor="mm")
    target = io.BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()
