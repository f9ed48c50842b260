"""Names that come out of a file are labels. Before one becomes a file name it goes through here."""
from __future__ import annotations

import unicodedata

_FORBIDDEN = frozenset('/\\<>:"|?*')
_RESERVED = frozenset({"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
                      | {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"})
_MAX_BYTES = 150     # leaves room for endings such as ".part.json" within the 255 bytes of common file systems


def safe_name(name: str) -> str:
    """A name for a file in a folder of the person's choice, made from a label out of an untrusted file.

    Never empty, no separators, no `..`, no NUL or other control or direction characters, not hidden, not an option (`-x`),
    no name reserved by Windows, at most 150 bytes of UTF-8. Applying it twice changes nothing more.
    """
    text = unicodedata.normalize("NFC", name[:4096])
    text = "".join("_" if c in _FORBIDDEN or (unicodedata.category(c)[0] in "CZ" and c != " ") else c for c in text)
    while True:                       # one step can open the way for another; each makes the text shorter or starts it with "_"
        tidied = _tidy(text)
        if tidied == text:
            return text or "unnamed"
        text = tidied


def _tidy(text: str) -> str:
    while ".." in text:
        text = text.replace("..", "_")
    text = text.strip(" ").rstrip(". ")
    if text[:1] in (".", "-", "~"):
        text = "_" + text[1:]
    if text.split(".")[0].rstrip(" ").lower() in _RESERVED:
        text = "_" + text
    return _shorten(text)


def _shorten(text: str) -> str:
    """Cut the stem, keep a short ending such as `.mp4`."""
    if len(text.encode("utf-8")) <= _MAX_BYTES:
        return text
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending.encode("utf-8")) > 10:
        stem, dot, ending = text, "", ""
    room = _MAX_BYTES - len((dot + ending).encode("utf-8"))
    cut = stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(". ")
    return cut + dot + ending
