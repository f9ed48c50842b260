"""TGA pictures: told by their head, shown, and kept value for value; a damaged one is one clear line."""
from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from engine.api import EngineError, MediaError
from engine.controller import SystemController
from engine.hierarchical import kinds
from engine.hierarchical.pictures import read_png
from engine.jobs.runner import run_job
from engine.media import ImageFolderSource, VideoFileSource, colour
from engine.media.tga import head_of

RNG = np.random.default_rng(5)
HEIGHT, WIDTH = 20, 30
GREY = RNG.integers(0, 256, (HEIGHT, WIDTH, 1)).astype("u1")
RGB = RNG.integers(0, 256, (HEIGHT, WIDTH, 3)).astype("u1")
RGB[5:9] = 77
PALETTE = RNG.integers(0, 256, (256, 3)).astype("u1")
FIVE = RNG.integers(0, 32, (HEIGHT, WIDTH, 3)).astype("<u2")
FOOTER = struct.pack("<II", 0, 0) + b"TRUEVISION-XFILE.\0"


def tga(kind: int, bits: int, rows: np.ndarray, said: int = 32, palette: np.ndarray | None = None, packed: bool = False) -> bytes:
    """rows `[h, w, bytes of a pixel]`, the first line on top where `said` has 32."""
    entries = 0 if palette is None else len(palette)
    head = struct.pack("<BBBHHBHHHHBB", 0, int(entries > 0), kind + 8 * packed, 0, entries, 24 if entries else 0, 0, 0, WIDTH, HEIGHT,
                       bits, said)
    lines = rows if said & 32 else rows[::-1]
    body = b"".join(_runs(line) for line in lines) if packed else lines.tobytes()
    return head + (b"" if palette is None else palette[:, ::-1].tobytes()) + body


def _runs(line: np.ndarray) -> bytes:
    """Packets of one repeated pixel where all of a line are the same, else of single ones."""
    if (line == line[0]).all():
        return bytes([128 + len(line) - 1]) + line[0].tobytes()
    return bytes([len(line) - 1]) + line.tobytes()


def words(x: np.ndarray) -> np.ndarray:
    return (x[..., 0] << 10 | x[..., 1] << 5 | x[..., 2])[..., None].astype("<u2").view("u1")


BGR = RGB[..., ::-1]
FORMS: dict[str, tuple[bytes, np.ndarray]] = {
    "colours": (tga(2, 24, BGR), RGB), "from below": (tga(2, 24, BGR, 0), RGB), "packed": (tga(2, 24, BGR, packed=True), RGB),
    "alpha": (tga(2, 32, np.dstack([BGR, GREY]), 40), np.dstack([RGB, GREY])),
    "alpha that is not called so": (tga(2, 32, np.dstack([BGR, GREY])), np.dstack([RGB, GREY])),
    "a byte that fills": (tga(2, 32, np.dstack([BGR, 0 * GREY])), RGB),
    "all clear": (tga(2, 32, np.dstack([BGR, 0 * GREY]), 40), np.dstack([RGB, 0 * GREY])),
    "grey": (tga(3, 8, GREY), GREY), "grey with alpha": (tga(3, 16, np.dstack([GREY, 255 - GREY]), 40), np.dstack([GREY, 255 - GREY])),
    "palette": (tga(1, 8, GREY, palette=PALETTE), PALETTE[GREY[..., 0]]),
    "5 bits": (tga(2, 16, words(FIVE)), (FIVE << 3 | FIVE >> 2).astype("u1"))}


@pytest.mark.parametrize("form", FORMS)
def test_every_value_comes_back(form: str, tmp_path: Path) -> None:
    data, x = FORMS[form]
    given, packed, back = tmp_path / "a.TGA", tmp_path / "a.lzc", tmp_path / "back.png"
    given.write_bytes(data)
    with SystemController() as system:
        assert system.kind(given) == "image"
        assert run_job(system.compress(given, packed, lossless=True)).facts["kind"] == "image"
        run_job(system.restore(packed, back))
    again = read_png(back.read_bytes())
    assert again is not None and again.shape == (x.shape[2], HEIGHT, WIDTH) and (again.transpose(1, 2, 0) == x).all()


def test_it_is_shown_alone_and_in_a_folder(tmp_path: Path) -> None:
    for n in (2, 10):
        (tmp_path / f"f{n}.tga").write_bytes(tga(3, 8, GREY + np.uint8(n)))
    with VideoFileSource(tmp_path / "f2.tga") as source:
        assert (source.info.kind, source.info.frames, source.info.width, source.info.height) == ("images", 1, WIDTH, HEIGHT)
        shown = colour.to_rgb(source.read(0), source.info.colour)
        assert (shown == GREY + np.uint8(2)).all()
    with ImageFolderSource(tmp_path) as source:
        assert source.info.frames == 2
        assert (colour.to_rgb(source.read(1), source.info.colour) == GREY + np.uint8(10)).all()
    (tmp_path / "f3.tga").write_bytes(tga(3, 8, GREY).replace(struct.pack("<HH", WIDTH, HEIGHT), struct.pack("<HH", HEIGHT, WIDTH), 1))
    with pytest.raises(MediaError, match=r"f3\.tga: is 20x30, but f2\.tga is 30x20"):
        ImageFolderSource(tmp_path)


def test_without_its_name_the_end_tells_it(tmp_path: Path) -> None:
    path = tmp_path / "picture"
    for data, kind in ((tga(3, 8, GREY), None), (tga(3, 8, GREY) + FOOTER, kinds.IMAGE)):
        path.write_bytes(data)
        assert kinds.sniff(path) == kind


@pytest.mark.parametrize("broken", [FORMS["colours"][0][:-9], FORMS["packed"][0][:400], FORMS["grey"][0][:19], FORMS["grey"][0][:11],
                                    struct.pack("<BBBHHBHHHHBB", 0, 0, 10, 0, 0, 0, 0, 0, 65535, 65535, 24, 0) + bytes(99)])
def test_a_broken_one_is_one_clear_line(broken: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.tga"
    path.write_bytes(broken)
    with SystemController() as system:
        for work in (lambda: system.describe(path), lambda: run_job(system.compress(path, tmp_path / "o.lzc", lossless=True))):
            with pytest.raises(EngineError) as fault:
                work()
            assert "\n" not in str(fault.value) and "a.tga" in str(fault.value)
    assert not (tmp_path / "o.lzc").exists()


def test_words_of_that_name_are_called_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.tga"
    path.write_bytes(b"no picture at all, but words\n" * 9)
    with SystemController() as system:
        assert system.kind(path) == "image"
        with pytest.raises(EngineError, match="it holds text"):
            system.describe(path)


def test_other_pictures_of_that_name_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.tga"
    for start in (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\xba", b"\0\0\0\x18ftypmp42", b"RIFF"):
        path.write_bytes(start + bytes(40))
        assert head_of(path) is None
