"""Every text that a person reads goes through `tr`: the English text is the key, a language is a table from it to another text."""
from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

LANGUAGES = {"en": "English", "de": "Deutsch"}
_table: Mapping[str, str] = {}
language = "en"  # in use


def use(wanted: str) -> None:
    """Texts made from now on are in this language; one that is not known is English."""
    global _table, language
    language = wanted if wanted in LANGUAGES else "en"
    _table = import_module(f"app.language_{language}").TABLE if language != "en" else {}


def tr(text: str) -> str:
    """`text` in the chosen language; itself where the table does not know it. Put values in after: `tr("frame {n}").format(n=3)`."""
    return _table.get(text, text)
