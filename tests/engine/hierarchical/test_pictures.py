"""Pictures and flac as general data: any path, and the very numbers of the file or one clear line."""
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import tifffile

from engine.api import EngineError, MediaError
from engine.hierarchical import arrays, kinds, pictures
from engine.jobs.data import compress_data_job, restore_data_job
from engine.jobs.runner import run_job
from engine.media import VideoFileSource, probe
from tests.engine.media.clips import encode


@pytest.mark.parametrize("name", ["a.jpg", "take 1:2.jpg", "a.flac"])
def test_a_path_from_where_the_program_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    if name.endswith(".jpg"):
        encode(tmp_path / "made.jpg", "mjpeg", fmt="yuvj420p", frames=1, container="image2").rename(tmp_path / name)
        assert arrays.read(Path(name), kinds.IMAGE).data.shape == (3, 48, 64)
    else:
        _flac(tmp_path / name)
        assert arrays.read(Path(name), kinds.AUDIO).data.shape == (1, 1, 5000)


def _flac(path: Path) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("flac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.arange(5000, dtype=np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


GREY = (np.arange(50 * 70).reshape(50, 70) * 7 % 251).astype("u1")
RGB = np.dstack([GREY, GREY[::-1], 255 - GREY])
ALPHA = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
TIFS: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "grey": (GREY, {}), "16 bit, other byte order": (GREY.astype("u2") * 200, {"byteorder": ">"}), "big": (GREY, {"bigtiff": True}),
    "tiles": (RGB, {"photometric": "rgb", "tile": (16, 16)}), "packed tiles": (GREY, {"tile": (16, 16), "compression": "zlib"}),
    "alpha": (np.dstack([RGB, GREY]), ALPHA), "deep alpha": (np.dstack([RGB, GREY]).astype("u2") * 9, ALPHA),
    "grey with alpha": (RGB[..., :2].copy(), {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": ["unassalpha"]}),
    "white is 0": (GREY, {"photometric": "miniswhite"}), "two colours": (GREY > 99, {}), "signed": (GREY.astype("i2") - 200, {}),
    "planes": (np.moveaxis(RGB, 2, 0).copy(), {"photometric": "rgb", "planarconfig": "separate"})}


@pytest.mark.parametrize("form", TIFS)
def test_a_tif_keeps_its_numbers_and_says_what_they_are(form: str, tmp_path: Path) -> None:
    x, how = TIFS[form]
    given, back = tmp_path / "a.tif", tmp_path / "b.tif"
    tifffile.imwrite(given, x, metadata=None, extratags=[(33550, "d", 3, (1.0, 2.0, 0.0), True)], **how)
    kind = kinds.sniff(given)
    assert kind == (kinds.CUBE if form == "signed" else kinds.IMAGE)
    tensor = arrays.read(given, kind)
    with back.open("wb") as file:
        arrays.write(tensor, file, ".tif")
    again = tifffile.imread(back)
    assert again.dtype == x.dtype.newbyteorder("=") and again.shape == x.shape and (again == x).all()
    with tifffile.TiffFile(given) as old, tifffile.TiffFile(back) as new:
        a, b = old.pages[0], new.pages[0]
        assert (a.photometric, a.extrasamples) == (b.photometric, b.extrasamples) and b.tags[33550].value == (1.0, 2.0, 0.0)


def test_a_tif_is_seen_as_it_is_meant(tmp_path: Path) -> None:
    """White as the largest number, and what only FFmpeg unpacks, with its alpha."""
    tifffile.imwrite(tmp_path / "w.tif", GREY, photometric="miniswhite")
    assert (arrays.read(tmp_path / "w.tif", kinds.IMAGE).data[0] == 255 - GREY).all()
    x = np.dstack([RGB, GREY])
    for fmt, source in (("rgba", x), ("gray", GREY)):
        _picture(tmp_path / "l.tif", "tiff", fmt, source, {"compression_algo": "lzw"})
        seen = arrays.read(tmp_path / "l.tif", kinds.IMAGE).data
        assert (seen == (source.transpose(2, 0, 1) if source.ndim == 3 else source)).all()
    tifffile.imwrite(tmp_path / "c.tif", x, photometric="separated", extrasamples=[])
    with pytest.raises(EngineError, match="of the kind SEPARATED with 8 bits is not read"):
        arrays.read(tmp_path / "c.tif", kinds.IMAGE)


def test_other_pictures_keep_their_alpha(tmp_path: Path) -> None:
    """A PNG with one colour that is clear; grey from any of them becomes a tif of one sample."""
    x = RGB.copy()
    (tmp_path / "t.png").write_bytes(_with_clear(pictures.write_png(x.transpose(2, 0, 1)), x[3, 4]))
    seen = arrays.read(tmp_path / "t.png", kinds.IMAGE).data
    assert seen.shape == (4, 50, 70) and (seen[:3] == x.transpose(2, 0, 1)).all()
    assert ((seen[3] == 0) == (x == x[3, 4]).all(2)).all()
    (tmp_path / "g.pgm").write_bytes(b"P5\n70 50\n255\n" + GREY.tobytes())
    with (tmp_path / "g.tif").open("wb") as file:
        arrays.write(arrays.read(tmp_path / "g.pgm", kinds.IMAGE), file, ".tif")
    assert (tifffile.imread(tmp_path / "g.tif") == GREY).all()


@pytest.mark.parametrize(("form", "x", "seen"), [
    ("png", RGB, ("RGB", ())), ("png", RGB.astype("u2") * 257, ("RGB", ())), ("png", np.dstack([RGB, GREY]), ("RGB", ("UNASSALPHA",))),
    ("png", GREY[..., None], ("MINISBLACK", ())), ("png", RGB[..., :2], ("MINISBLACK", ("UNASSALPHA",))), ("bmp", RGB, ("RGB", ()))])
def test_another_picture_becomes_an_ordinary_tif(form: str, x: np.ndarray, seen: tuple[str, tuple[str, ...]], tmp_path: Path) -> None:
    """One page whose samples lie together, and that says what they are."""
    given, packed, back = tmp_path / f"a.{form}", tmp_path / "a.lzc", tmp_path / "a.tif"
    if form == "png":
        given.write_bytes(pictures.write_png(np.ascontiguousarray(x.transpose(2, 0, 1))))
    else:
        _picture(given, "bmp", "bgr24", np.ascontiguousarray(x[..., ::-1]), {})
    run_job(compress_data_job(given, packed))
    run_job(restore_data_job(packed, back))
    with tifffile.TiffFile(back) as file:
        page = file.pages[0]
        assert len(file.pages) == 1 and int(page.planarconfig) == 1 and page.asarray().dtype == x.dtype
        assert (page.photometric.name, tuple(extra.name for extra in page.extrasamples)) == seen
        assert (page.asarray().reshape(x.shape) == x).all()


def test_tiles_are_refused_where_ffmpeg_reads(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", RGB, photometric="rgb", tile=(16, 16))
    for open_it in (probe, VideoFileSource):
        with pytest.raises(MediaError, match="kept in tiles"):
            open_it(tmp_path / "a.tif")


def test_true_and_false_stay_that(tmp_path: Path) -> None:
    x = GREY > 99
    np.save(tmp_path / "a.npy", x)
    with (tmp_path / "b.npy").open("wb") as file:
        arrays.write(arrays.read(tmp_path / "a.npy", kinds.ARRAY), file, ".npy")
    again = np.load(tmp_path / "b.npy")
    assert again.dtype == np.bool_ and (again == x).all()


def _picture(path: Path, codec: str, fmt: str, x: np.ndarray, options: dict[str, str]) -> None:
    encoder = av.CodecContext.create(codec, "w")
    encoder.height, encoder.width = x.shape[:2]
    encoder.pix_fmt, encoder.options, encoder.time_base = fmt, options, Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(x, format=fmt)
    path.write_bytes(b"".join(bytes(p) for p in [*encoder.encode(frame), *encoder.encode(None)]))


def _with_clear(png: bytes, colour: np.ndarray) -> bytes:
    body = b"tRNS" + colour.astype(">u2").tobytes()
    return png[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[33:]
