"""The page of a report as HTML that needs nothing beside it: pictures are inside, no script, no link to anywhere."""
from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

from engine.jobs.report import Picture, ReportData

_STYLE = """
body { font-family: sans-serif; font-size: 10.5pt; line-height: 1.45; color: #1b1d21; max-width: 1000px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 20pt; margin-bottom: 0; } h2 { font-size: 13pt; margin-top: 1.6em; border-bottom: 1px solid #c9ced6; }
table { border-collapse: collapse; } td { padding: 2px 14px 2px 0; vertical-align: top; } td.n { color: #5a6270; white-space: nowrap; }
code { font-family: monospace; font-size: 8.5pt; word-break: break-all; } img { max-width: 100%; border: 1px solid #c9ced6; }
p.i { line-height: 1; } p.c { color: #5a6270; margin: 2px 0 14px 0; font-size: 9pt; }
pre { font-size: 8pt; background: #f3f4f6; padding: 8px; overflow: auto; }
@media print { details { display: none; } h2, img { page-break-inside: avoid; } }
"""
_CLASSES = (("coded", "decoder output of what the camera recorded, at its own resolution or reduced"),
            ("restored", "changed by a network that compares it with similar tiles"),
            ("interpolated", "resampled between recorded pixels: larger, nothing added"),
            ("synthesised", "made by a network: plausible, and not evidence"))


def inline(_: int, png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def page(data: ReportData, image: Callable[[int, bytes], str] = inline, records: bool = True) -> str:
    """The whole page. `image(number, png)` gives the address of a picture; `records`: with the JSON that makes each picture again."""
    count = 0
    body = [f"<h1>{escape(data.title)}</h1>", f"<p class='c'>Made {escape(data.made)}" + (
        f" by {escape(data.author)}" if data.author else "") + " with Lorentz Zoom</p>", "<h2>Recording</h2>", _table(data.source)]
    for number, section in enumerate(data.sections, 1):
        body += [f"<h2>{number}. {escape(section.title)}</h2>", _table(section.rows)]
        for picture in section.pictures:
            body.append(_picture(picture, image(count, picture.png), records))
            count += 1
    body += ["<h2>What was done, in order</h2>", _table(data.log) if data.log else "<p>Nothing was noted.</p>",
             "<h2>What the classes of pixels mean</h2>", _table(list(_CLASSES)),
             "<h2>How to check this report</h2><p>The SHA-256 of the recording must be the one above. Each picture carries the record it "
             "was made from: saved as a .json file beside the recording, <code>lorentz zoom --from-sidecar</code> makes the picture again "
             "and says whether it is the same.</p>"]
    return (f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{escape(data.title)}</title><style>{_STYLE}</style></head>"
            f"<body>{''.join(body)}</body></html>\n")


def _table(rows: list[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td class='n'>{escape(name)}</td><td>{_value(name, value)}</td></tr>" for name, value in rows)
    return f"<table>{cells}</table>"


def _value(name: str, value: str) -> str:
    return f"<code>{escape(value)}</code>" if "SHA-256" in name else escape(value)


def _picture(picture: Picture, address: str, records: bool) -> str:
    record = (f"<details><summary>Record of this picture</summary><pre>{escape(picture.record)}</pre></details>"
              if records and picture.record else "")
    return (f"<p class='i'><img src='{address}' alt='{escape(picture.caption, quote=True)}'></p><p class='c'>{escape(picture.caption)}<br>"
            f"SHA-256 <code>{picture.sha256}</code></p>{record}")

