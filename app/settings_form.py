"""The page of settings: looks, language, what jobs and zooms may use. All of it is kept; what needs a new start says so."""
from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from app import icons, theme, words
from app.dialogs import JobForm
from app.keys_form import KeysForm
from app.words import tr

CACHE_MB = 384
RESPONSE_MS = 1000


def apply_kept(window: Any) -> None:
    """What was chosen in an earlier run goes to the engine, as far as it can be."""
    settings, controller = window.settings, window.controller
    if hasattr(controller, "configure"):
        for name in ("device", "priority", "effort"):
            value = settings.text(name)
            if value:
                try:
                    controller.configure(**{name: value})
                except ValueError:
                    settings.set_text(name, "")  # kept by another version
        controller.configure(quality=kept_number(settings, "quality", 32, 0, 63))
    window.backend.cache_bytes = kept_number(settings, "cache_mb", CACHE_MB, 64, 16384) << 20
    window.steering.response_ms = kept_number(settings, "response_ms", RESPONSE_MS, 50, 60000)


def kept_number(settings: Any, name: str, usual: int, low: int, high: int) -> int:
    try:
        return min(max(int(settings.text(name, str(usual))), low), high)
    except ValueError:
        return usual


def restyle(name: str) -> None:
    """The theme, on everything that is there."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, name)
    icons.renew()
    for widget in app.topLevelWidgets():
        widget.update()


def ask(window: Any) -> JobForm:
    """Opens the page."""
    settings = window.settings
    form = JobForm(tr("Settings"), tr("Keep"), window)
    looks = form.choice_row(tr("Theme"), [(tr("dark"), "dark"), (tr("light"), "light")], tr("Pictures are surrounded by dark in both"))
    looks.setCurrentIndex(looks.findData(theme.NAME))
    language = form.choice_row(tr("Language"), [(tr("as the system"), ""), *((name, code) for code, name in words.LANGUAGES.items())],
                               tr("Shown after the next start"))
    language.setCurrentIndex(max(0, language.findData(settings.text("language"))))
    device = form.choice_row(tr("Networks run on"), [(tr("what is best"), "auto"), ("CPU", "cpu"), ("GPU (CUDA)", "cuda")],
                             tr("For work that starts from now on"))
    device.setCurrentIndex(max(0, device.findData(settings.text("device", "auto"))))
    priority = form.choice_row(tr("Jobs"), [(tr("give way to zooms and the window"), "background"), (tr("take what they need"), "normal")],
                               tr("How hard jobs may press"))
    priority.setCurrentIndex(max(0, priority.findData(settings.text("priority", "background"))))
    quality = form.number_row(tr("Quality of new files"), 0, 63, kept_number(settings, "quality", 32, 0, 63),
                              tr("0 is smallest, 63 is best"))
    cache = form.number_row(tr("Cache, MB"), 64, 16384, kept_number(settings, "cache_mb", CACHE_MB, 64, 16384),
                            tr("Memory for tiles that may be seen again; after the next start"))
    response = form.number_row(tr("Response time, ms"), 50, 60000, kept_number(settings, "response_ms", RESPONSE_MS, 50, 60000),
                               tr("A view should be finished in this time; longer allows more detail"))

    def keep() -> None:
        for name, value in (("theme", looks.currentData()), ("language", language.currentData()), ("device", device.currentData()),
                            ("priority", priority.currentData()), ("quality", quality.value()), ("cache_mb", cache.value()),
                            ("response_ms", response.value())):
            settings.set_text(name, str(value))
        settings.sync()
        if looks.currentData() != theme.NAME:
            restyle(looks.currentData())
            window.marks_panel.refresh()
            window.data.restyled()
        apply_kept(window)

    form.side_button(tr("Shortcuts…"), tr("Change the key of any command"), lambda: KeysForm(window).open())
    form.on_start = keep
    window.exports.show_form(form)
    return form
