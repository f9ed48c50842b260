"""A report as PDF: the page of the HTML report laid out on A4 by Qt. Runs on a job's thread."""
from __future__ import annotations

from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QMarginsF, QRectF, QSizeF, QUrl
from PySide6.QtGui import QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument

_DPI = 150
_WIDTH = 700  # pixels across a picture on the page, before scaling to the paper


def render(data: Any) -> bytes:
    """The bytes of a PDF of `data` (an `engine.jobs.report.ReportData`), with page numbers and the SHA-256 of every picture."""
    _timers = QEventLoop()  # laying out a long text starts timers, for which a job's thread is not made
    target = QByteArray()
    buffer = QBuffer(target)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(16, 14, 16, 18), QPageLayout.Unit.Millimeter)
    writer.setTitle(data.title)
    writer.setCreator("Lorentz Zoom")
    paint(lay_out(data), writer)
    buffer.close()
    return bytes(target.data())


def lay_out(data: Any) -> QTextDocument:
    """The page with its pictures, `_WIDTH` pixels wide and a little more."""
    pictures: list[bytes] = []

    def image(number: int, png: bytes) -> str:
        pictures.append(png)
        return f"picture{number}.png' width='{min(_WIDTH, QImage.fromData(png).width())}"

    html = data.html(image, records=False)
    document = QTextDocument()
    document.setDefaultFont(QFont("sans-serif", 9))
    document.setDefaultStyleSheet("td.n { color: #5a6270; } p.c { color: #5a6270; } h2 { margin-top: 18px; } code { font-size: 7pt; }")
    for number, png in enumerate(pictures):
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(f"picture{number}.png"), QImage.fromData(png))
    document.setHtml(html)
    return document


def paint(document: QTextDocument, writer: QPdfWriter) -> None:
    """All pages, at a scale that makes a picture fill the width, each with its number at the foot."""
    p = QPainter(writer)
    paper = QRectF(0, 0, writer.width(), writer.height())
    k = paper.width() / (_WIDTH + 20)
    document.setPageSize(QSizeF(paper.width() / k, paper.height() / k))
    pages = document.pageCount()
    height = paper.height() / k
    for page in range(pages):
        if page:
            writer.newPage()
        p.save()
        p.scale(k, k)
        p.translate(0, -page * height)
        document.drawContents(p, QRectF(0, page * height, paper.width() / k, height))
        p.restore()
        p.drawText(QRectF(0, paper.height() + 10, paper.width(), 60), f"{page + 1} / {pages}")
    p.end()
