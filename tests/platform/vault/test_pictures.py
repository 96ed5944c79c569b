"""Only whole pictures are stored, and nothing of a file but the picture."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from qudao.platform.vault.pictures import (
    Picture,
    PictureTooLarge,
    PictureUnreadable,
    clean,
    has_ink,
)
from tests.domain.customer.counter import jpeg, png


def same(picture: Picture, original: bytes) -> bool:
    with Image.open(io.BytesIO(picture.content)) as one, Image.open(io.BytesIO(original)) as two:
        return one.size == two.size and one.tobytes() == two.tobytes()


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_stays_the_same_picture(progressive: bool) -> None:
    original = jpeg(640, 400, quality=92, progressive=progressive)
    picture = clean(original)
    assert (picture.media_type, picture.width, picture.height) == ("image/jpeg", 640, 400)
    assert same(picture, original)
    assert clean(picture.content).content == picture.content


def test_a_png_stays_the_same_picture() -> None:
    original = png(640, 400)
    picture = clean(original)
    assert (picture.media_type, picture.width, picture.height) == ("image/png", 640, 400)
    assert same(picture, original)


def test_what_a_camera_writes_besides_is_cut_out_but_how_the_picture_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Maker of the camera"
    exif.get_ifd(0x8825)[1] = "N"
    original = jpeg(640, 400, exif=exif, comment=b"taken by somebody")
    assert b"Maker of the camera" in original
    picture = clean(original)
    assert b"Maker" not in picture.content and b"somebody" not in picture.content
    with Image.open(io.BytesIO(picture.content)) as image:
        kept = image.getexif()
        assert dict(kept) == {0x0112: 6} and not kept.get_ifd(0x8825)
    assert same(picture, original)


def test_texts_in_a_png_are_cut_out() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "somebody")
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "red").save(stream, "PNG", pnginfo=told)
    assert b"somebody" in stream.getvalue()
    assert b"somebody" not in clean(stream.getvalue()).content


@pytest.mark.parametrize("original", [jpeg(), png()], ids=["jpeg", "png"])
def test_what_hangs_behind_the_end_is_cut_off(original: bytes) -> None:
    behind = b"PK\x03\x04 another file \xff\xd9"
    assert clean(original + behind).content == clean(original).content


@pytest.mark.parametrize("original", [jpeg(), png()], ids=["jpeg", "png"])
def test_half_a_picture_is_none(original: bytes) -> None:
    for length in (0, 1, 8, 20, len(original) // 2, len(original) - 1):
        with pytest.raises(PictureUnreadable):
            clean(original[:length])


def test_other_files_are_no_pictures() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 300)).save(stream, "GIF")
    for content in (stream.getvalue(), b"%PDF-1.7", b"<svg/>", b"MZ" + bytes(500), b"\xff\xd8\xff"):
        with pytest.raises(PictureUnreadable):
            clean(content)


def test_sizes_have_bounds() -> None:
    with pytest.raises(PictureTooLarge):
        clean(b"\xff\xd8" + bytes(2 << 20))
    with pytest.raises(PictureUnreadable):
        clean(jpeg(99, 400))
    with pytest.raises(PictureUnreadable):
        clean(jpeg(10_001, 100))
    assert clean(jpeg(99, 400), smallest_side=20).width == 99


@given(st.data())
def test_no_content_is_more_than_refused(data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from([jpeg(120, 120), png(120, 120)])))
    for _ in range(data.draw(st.integers(0, 4))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(value[: data.draw(st.integers(0, len(value)))])
    try:
        picture = clean(cut)
        has_ink(picture)
    except (PictureUnreadable, PictureTooLarge):
        pass


def test_ink() -> None:
    assert has_ink(clean(png()))
    assert not has_ink(clean(png(ink=False)))
