"""Opening an untrusted file with PyAV: only real files, only formats that hold pictures or sound, one clear line when it fails.

Runs in the child process only.
"""
from __future__ import annotations

import os
from typing import Any

import av
import av.error
import av.logging

from engine.api import MediaError
from engine.media import tga
from engine.media.tags import in_tiles

# play lists and descriptions that make the library open other files, devices, and text that "decodes" to pictures of letters
REFUSED = {"hls", "dash", "concat", "sdp", "rtsp", "rtp", "rtp_mpegts", "sap", "lavfi", "tty", "bin", "xbin", "adf", "idf", "image2",
           "image2pipe", "alias_pix", "imf", "fbdev", "v4l2", "video4linux2,v4l2", "x11grab", "kmsgrab", "alsa", "oss", "data",
           "ffmetadata", "webm_dash_manifest", "rawvideo", "v210", "v210x", "bitpacked", "svg_pipe", "ivr", "vobsub", "cdg", "txd"}
ERRORS: tuple[type[Exception], ...] = (av.error.FFmpegError, ValueError)

av.logging.set_level(None)


def open_container(path: str) -> Any:
    """An open `av` input container. MediaError in one line for anything that is not one."""
    where = os.path.basename(path)
    try:
        size = os.stat(path).st_size
    except OSError as error:
        raise MediaError(f"cannot be opened: {error.strerror}", where=where) from None
    if os.path.isdir(path):
        raise MediaError("is a folder", where=where)
    if size == 0:
        raise MediaError("the file is empty", where=where)
    if in_tiles(path):      # FFmpeg makes black of them
        raise MediaError("this tif picture is kept in tiles, which are read as data only", where=where,
                         hint="compress it with --lossless, or save it in strips")
    allowed = ",".join(sorted(av.formats_available - REFUSED))
    options = {"protocol_whitelist": "file", "format_whitelist": allowed}
    url = "file:" + os.path.abspath(path)
    try:
        targa = tga.head_of(path)
        if targa is not None:
            return av.open(tga.as_pam(path, targa), format="pam_pipe")
        try:
            return av.open(url, container_options=options, metadata_errors="replace")
        except ValueError:
            if _head(path)[:3] != b"\xff\xd8\xff":
                raise
            # the ending .jpg counts for more than what is in the file, and leads to image2
            return av.open(url, format="jpeg_pipe", container_options=options, metadata_errors="replace")
    except MemoryError:
        raise MediaError("needs more memory than is allowed for one file", where=where) from None
    except ERRORS as error:
        raise MediaError(f"cannot be read as video or pictures ({reason(error)})", where=where, hint=_hint(path, error)) from None


def reason(error: BaseException) -> str:
    """The library's words, without its numbers and file names."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__).rstrip(".")


def _head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(64)
    except OSError:
        return b""


def _hint(path: str, error: BaseException) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    head = _head(path)
    if not head:
        return "it cannot be read"
    if head[4:8] == b"ftyp":
        return "an MP4 without its index: the recording or the copying was cut off"
    if head and all(32 <= byte < 127 or byte in (9, 10, 13) for byte in head):
        return "it holds text"
    return "it is damaged, or of a kind that is not supported"


def unread(path: str) -> str:
    """Why FFmpeg opens a file and finds nothing in it, "" where that is not known. WebP container specification, extended file format."""
    head = _head(path)
    animated = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) > 20 and head[20] & 2
    return "animated WebP is not read: save it as GIF, APNG or video" if animated else ""


def picture_stream(container: Any, where: str) -> Any:
    """The stream to show: the best video stream that is not a cover picture, else the cover. MediaError where there is none."""
    videos = [s for s in container.streams.video if s.codec_context is not None]
    if not videos:
        if container.streams.video:
            raise MediaError("its video cannot be decoded: the codec is not known or the file ends before the first picture", where=where)
        raise MediaError("there is no picture in it", where=where, hint="it holds sound only" if container.streams.audio else "")
    moving = [s for s in videos if not s.disposition & av.stream.Disposition.attached_pic] or videos
    best = container.streams.best("video")
    return next((s for s in moving if best is not None and s.index == best.index), moving[0])


def segment_is_cut(path: str) -> bool:
    """Whether a Matroska or WebM file ends before its segment does (RFC 9559: the segment's size is known once recording has ended)."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    at = head.find(b"\x18\x53\x80\x67")
    if head[:4] != b"\x1a\x45\xdf\xa3" or at < 0 or len(head) < at + 12 or not head[at + 4]:
        return False
    width = 9 - head[at + 4].bit_length()
    length = int.from_bytes(head[at + 4:at + 4 + width], "big") & ((1 << 7 * width) - 1)
    return length != (1 << 7 * width) - 1 and at + 4 + width + length > size
