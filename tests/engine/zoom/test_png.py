from pathlib import Path

import av
import numpy as np
import pytest

from engine.api import MediaError
from engine.zoom import png


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(0).integers(0, 4, (height, width))
    return np.stack([(x + noise) % 256, (y * 2 + noise) % 256, (x + y) % 256], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (300, 257), (600, 64)])
def test_colour_survives(tmp_path: Path, size: tuple[int, int]) -> None:
    pixels = smooth(*size)
    path = tmp_path / "a.png"
    path.write_bytes(png.encode(pixels, text={"Comment": "café"}))
    assert png.size_of(path) == (size[1], size[0])
    np.testing.assert_array_equal(png.read_rgb(path, (size[1], size[0])), pixels)


def test_filters_make_smooth_pictures_small() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3))
    assert len(png.encode(ramp)) < 1500


def test_masks_keep_their_numbers_and_show_colours(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).integers(0, 4, (20, 30)).astype(np.uint8)
    colours = [(1, 2, 3), (40, 50, 60), (70, 80, 90), (200, 210, 220)]
    path = tmp_path / "m.png"
    path.write_bytes(png.encode(mask, palette=colours))
    np.testing.assert_array_equal(png.read_rgb(path, (30, 20)), np.array(colours, np.uint8)[mask])
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).format.name == "pal8"


def test_sixteen_bits_survive(tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (20, 30)).astype(np.uint16)
    path = tmp_path / "u.png"
    path.write_bytes(png.encode(values))
    with av.open(str(path)) as container:
        np.testing.assert_array_equal(next(container.decode(video=0)).to_ndarray(format="gray16le"), values)


def test_what_is_not_the_expected_png_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for data in (b"", b"text", png.encode(smooth(8, 8))[:40], png.encode(smooth(8, 9)), b"\x89PNG\r\n\x1a\n" + bytes(40)):
        path.write_bytes(data)
        with pytest.raises(MediaError):
            png.read_rgb(path, (8, 8))
    with pytest.raises(MediaError):
        png.read_rgb(tmp_path / "gone.png", (8, 8))
