"""How the zoomed view is shown beyond what its pixels are: noise, sharpness, contrast, gamma. Exports must ask for it."""
from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDoubleSpinBox

from app.dialogs import JobForm
from app.words import tr
from engine.api import Look


def said(look: Look) -> str:
    """What a look does, in words and numbers; empty for the plain one."""
    plain = Look()
    parts = [f"{tr(name)} {value:g}" for name, value, usual in (
        ("noise removal", look.denoise, plain.denoise), ("sharpening", look.sharpen, plain.sharpen),
        ("contrast", look.contrast, plain.contrast), ("gamma", look.gamma, plain.gamma)) if value != usual]
    return ", ".join(parts)


def ask(window: Any) -> JobForm:
    """Opens the form; the view follows while numbers change, and goes back to what it was when the form is dismissed."""
    steering, before = window.steering, window.steering.look
    form = JobForm(tr("Look of the view"), tr("Keep"), window)

    def row(name: str, high: float, low: float, value: float, tip: str) -> QDoubleSpinBox:
        field = form.factor_row(name, value, tip)
        field.setRange(low, high)
        field.setSingleStep(0.1)
        field.setValue(value)
        return field

    fields = (row(tr("Contrast"), 4, 0.25, before.contrast, tr("About mid grey; 1 leaves it as it is")),
              row(tr("Gamma"), 4, 0.25, before.gamma, tr("Above 1 brightens what is dark")),
              row(tr("Sharpening"), 3, 0, before.sharpen, tr("0 is off")), row(tr("Noise removal"), 1, 0, before.denoise, tr("0 is off")))
    form.note.setText(tr("Changes what you see, not what was recorded. Exports leave it out unless asked, and recorded only shows none of "
                         "it."))

    def show() -> None:
        steering.set_look(Look(*(round(field.value(), 3) for field in fields)))

    def plain() -> None:
        for field, value in zip(fields, (1.0, 1.0, 0.0, 0.0), strict=True):
            field.setValue(value)

    for field in fields:
        field.valueChanged.connect(show)
    form.side_button(tr("As recorded"), tr("Set everything back"), plain)
    form.on_start = lambda: None
    form.rejected.connect(lambda: steering.set_look(before))
    window.exports.show_form(form)
    return form
