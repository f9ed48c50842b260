"""Every pixel format to 4:2:0: samples that are there already are kept, everything else comes close to what it showed."""
from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.api import Colour, Frame
from engine.hierarchical.sound import decode_picture
from engine.media import VideoFileSource, colour, convert
from engine.media.exif import UPRIGHT, turn_of
from tests.engine.media.clips import av_frame

W, H = 33, 35


def formats() -> list[str]:
    """All formats that a codec of this build reads or writes."""
    found = set()
    for name in av.codecs_available:
        for mode in ("r", "w"):
            try:
                codec = av.Codec(name, mode)
            except ValueError:
                continue
            if codec.type == "video":
                found |= {f.name for f in codec.video_formats or ()}
    return sorted(found)


def scene() -> np.ndarray:
    yy, xx = np.mgrid[0:H, 0:W]
    return np.ascontiguousarray(np.stack([40 + xx * 5, 60 + yy * 4, 200 - xx * 3], -1).clip(0, 255).astype(np.uint8))


def shown(frame: av.VideoFrame) -> tuple[np.ndarray, convert.PictureKind, convert.Planes]:
    kind = convert.kind_of(frame)
    planes = convert.planes_of(frame, kind.depth)
    matrix = 1 if kind.rgb else 5  # libswscale made the YUV kinds with BT.601
    y, u, v = (np.ascontiguousarray(p) for p in planes)
    return colour.to_rgb(Frame(y, u, v, bit_depth=kind.depth), Colour(kind.full, matrix)), kind, planes


# libswscale cannot make these, or dithers them so hard that nothing can be compared
COARSE = {"bgr4_byte", "rgb4_byte", "bgr8", "rgb8", "rgb444le", "rgb444be", "bgr444le", "bgr444be"}
SWAPPED = {"bgr555be", "bgr565be", "rgb555be", "rgb565be"}


def test_every_format() -> None:
    base = av.VideoFrame.from_ndarray(scene(), format="rgb24")
    done = 0
    for name in formats():
        if name in COARSE | SWAPPED:
            continue
        try:
            frame = base.reformat(format=name)
        except (OSError, ValueError, av.error.FFmpegError):
            continue  # hardware kinds, half floats
        picture, kind, planes = shown(frame)
        assert [p.shape for p in planes] == [(H, W), (18, 17), (18, 17)], name
        assert all(p.dtype == (np.uint8 if kind.depth == 8 else np.uint16) for p in planes), name
        assert max(int(p.max()) for p in planes) < 1 << kind.depth, name
        want = scene().astype(int)
        got = picture.astype(int)
        if kind.grey:
            assert np.ptp(got, axis=2).max() == 0, name
            if not name.startswith("mono"):
                want = np.repeat((want @ [0.299, 0.587, 0.114])[..., None], 3, 2)
                assert np.abs(got - want)[2:-2, 2:-2].mean() < 4, name
        else:
            assert np.abs(got - want)[2:-2, 2:-2].mean() < 4, name
        done += 1
    assert done > 80


def planar(fmt: str, samples: list[np.ndarray], width: int = 0) -> av.VideoFrame:
    frame = av.VideoFrame(width or samples[0].shape[1], samples[0].shape[0], fmt)
    for plane, values in zip(frame.planes, samples, strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        rows[:len(values), :values.shape[1] * values.dtype.itemsize] = np.ascontiguousarray(values).view(np.uint8)
    return frame


def test_420_is_never_changed() -> None:
    rng = np.random.default_rng(0)
    y, u, v = (rng.integers(0, 256, s, dtype=np.uint8) for s in ((H, W), (18, 17), (18, 17)))
    pairs = np.stack([u, v], -1).reshape(18, 34)
    for frame in (planar("yuv420p", [y, u, v]), planar("nv12", [y, pairs]), planar("yuva420p", [y, u, v, y])):
        for got, want in zip(convert.planes_of(frame, 8), (y, u, v), strict=True):
            assert np.array_equal(got, want), frame.format.name
    deep = [p.astype(np.uint16) * 4 + 1 for p in (y, u, v)]
    up = [(p << 6).astype(np.uint16) for p in (deep[0], np.stack(deep[1:], -1).reshape(18, 34))]
    for frame in (planar("yuv420p10le", deep), planar("yuv420p10be", [p.astype(">u2") for p in deep]), planar("p010le", up)):
        for got, want in zip(convert.planes_of(frame, 10), deep, strict=True):
            assert np.array_equal(got, want) and got.dtype.isnative, frame.format.name


def test_other_samplings_are_means() -> None:
    """Hand-made columns and rows: 4:2:2 averages rows; 4:4:4 takes 1 2 1 across and 1 1 down; deeper samples are rounded."""
    y = np.zeros((4, 4), np.uint8)
    u = np.array([[10, 20], [11, 21], [30, 40], [31, 43]], np.uint8)
    _, got, _ = convert.planes_of(planar("yuv422p", [y, u, u]), 8)
    assert got.tolist() == [[11, 21], [31, 42]]
    full = np.array([[8, 16, 24, 32]] * 4, np.uint8)
    _, got, _ = convert.planes_of(planar("yuv444p", [y, full, full]), 8)
    assert got.tolist() == [[10, 24], [10, 24]]  # (8 + 2*8 + 16)/4, (16 + 2*24 + 32)/4
    deep = np.array([[0, 1, 2, 3, 4095]], np.uint16)
    luma, _, _ = convert.planes_of(planar("gray12le", [deep]), 10)
    assert luma.tolist() == [[0, 0, 1, 1, 1023]]


def test_packed_kinds_keep_their_samples() -> None:
    rng = np.random.default_rng(1)
    y, u, v = (rng.integers(0, 256, s, dtype=np.uint8) for s in ((6, 8), (6, 4), (6, 4)))
    both = convert.planes_of(planar("yuv422p", [y, u, v]), 8)
    packed = np.stack([y[:, 0::2], u, y[:, 1::2], v], -1).reshape(6, 16)
    for got, want in zip(convert.planes_of(planar("yuyv422", [packed], 8), 8), both, strict=True):
        assert np.array_equal(got, want)


def test_byte_swapped_565() -> None:
    word = np.array([[0xF800, 0x07E0, 0x001F, 0x7FFF, 0x1234]] * 4, np.uint16)
    for kind in ("rgb565", "bgr555", "rgb444"):
        want = convert.planes_of(planar(kind + "le", [word]), 8)
        got = convert.planes_of(planar(kind + "be", [word.byteswap()]), 8)
        assert all(np.array_equal(a, b) for a, b in zip(got, want, strict=True)), kind


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def test_palette_and_transparency(tmp_path: Path) -> None:
    palette = bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90])
    rows = b"".join(b"\0" + bytes([0] * 4 + [1] * 4 + [2] * 4 + [3] * 4) for _ in range(4))
    data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 4, 8, 3, 0, 0, 0)) + chunk(b"PLTE", palette)
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
    (tmp_path / "palette.png").write_bytes(data)
    with VideoFileSource(tmp_path / "palette.png") as source:
        rgb = colour.to_rgb(source.read(0), source.info.colour)
    assert np.abs(rgb[1, 14].astype(int) - 90).max() <= 2 and np.abs(rgb[1, 0].astype(int) - (255, 0, 0)).max() <= 2
    half = b"".join(b"\0" + bytes([200, 100, 50, 255] * 4 + [200, 100, 50, 0] * 4) for _ in range(4))
    data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 4, 8, 6, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(half)) + chunk(b"IEND", b""))
    (tmp_path / "glass.png").write_bytes(data)
    with VideoFileSource(tmp_path / "glass.png") as source:
        assert any("on black" in n for n in source.info.notes)
        rgb = colour.to_rgb(source.read(0), source.info.colour)
    assert np.abs(rgb[1, 0].astype(int) - (200, 100, 50)).max() <= 2 and rgb[1, 7].max() <= 2


@pytest.mark.parametrize(("matrix", "want"), [
    ((1, 0, 0, 1), "abcd"), ((0, 1, -1, 0), "cadb"), ((-1, 0, 0, -1), "dcba"), ((0, -1, 1, 0), "bdac"),
    ((-1, 0, 0, 1), "badc"), ((1, 0, 0, -1), "cdab"), ((0, 1, 1, 0), "acbd"), ((0, -1, -1, 0), "dbca")])
def test_display_matrices(matrix: tuple[int, int, int, int], want: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The eight ways a picture can lie, by the corner letters of a 2x2 picture."""
    a, b, c, d = (m << 16 for m in matrix)
    data = struct.pack("<9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)

    class Turned:
        side_data = {av.sidedata.sidedata.Type.DISPLAYMATRIX: data}
    turn = convert.orientation_of(Turned())
    corners = np.array([list("ab"), list("cd")])
    assert "".join(convert.upright(corners, turn).ravel()) == want


def with_exif(picture: bytes, body: bytes) -> bytes:
    """A JPEG, PNG or WebP with Exif data in it."""
    if picture[:2] == b"\xff\xd8":
        return picture[:2] + b"\xff\xe1" + (len(body) + 8).to_bytes(2, "big") + b"Exif\0\0" + body + picture[2:]
    if picture[:4] == b"RIFF":
        size = b"\x3f\0\0\x2f\0\0"       # 64 x 48, less one
        body += bytes(len(body) % 2)
        whole = b"WEBPVP8X\x0a\0\0\0\x08\0\0\0" + size + picture[12:] + b"EXIF" + len(body).to_bytes(4, "little") + body
        return b"RIFF" + len(whole).to_bytes(4, "little") + whole
    return picture[:33] + len(body).to_bytes(4, "big") + b"eXIf" + body + zlib.crc32(b"eXIf" + body).to_bytes(4, "big") + picture[33:]


@pytest.mark.parametrize(("ending", "codec", "fmt", "order"), [("jpg", "mjpeg", "yuvj420p", "<"), ("jpg", "mjpeg", "yuvj420p", ">"),
                                                               ("png", "png", "gray", ">"), ("webp", "libwebp", "yuv420p", "<")])
def test_photographs_are_shown_the_way_the_camera_was_held(tmp_path: Path, ending: str, codec: str, fmt: str, order: str) -> None:
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt, context.time_base = 64, 48, fmt, Fraction(1, 25)
    packets = [*context.encode(av_frame(1, 64, 48, fmt)), *context.encode(None)]
    plain = b"".join(bytes(p) for p in packets)
    (tmp_path / f"plain.{ending}").write_bytes(plain)
    with VideoFileSource(tmp_path / f"plain.{ending}") as source:
        y = source.read(0).y
    upright = {1: y, 2: y[:, ::-1], 3: y[::-1, ::-1], 4: y[::-1], 5: y.T, 6: np.rot90(y, -1), 7: y.T[::-1, ::-1], 8: np.rot90(y), 9: y}
    for way, expected in upright.items():
        head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
        body = head + struct.pack(order + "HHHIHHI", 1, 274, 3, 1, way, 0, 0)
        path = tmp_path / f"{way}.{ending}"
        path.write_bytes(with_exif(plain, body))
        with VideoFileSource(path) as source:
            assert np.array_equal(source.read(0).y, expected), way
            assert any("turned upright" in n for n in source.info.notes) == (way in range(2, 9))
        if way == 6 and ending != "png":
            lossless, flat = decode_picture(path), decode_picture(tmp_path / f"plain.{ending}")
            assert np.array_equal(lossless, np.rot90(flat, -1))


def test_exif_that_is_cut_off_says_nothing(tmp_path: Path) -> None:
    for cut in (b"", b"II*\0", b"II*\0\x08\0\0\0\1", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff" + bytes(40)):
        for start in (b"\xff\xd8\xff\xd9", b"RIFF\4\0\0\0WEBP", b"\x89PNG\r\n\x1a\n" + bytes(25)):
            (tmp_path / "x").write_bytes(with_exif(start, cut))
            assert turn_of(str(tmp_path / "x")) == UPRIGHT
