"""What the engine says, in the language of the window.

The engine speaks English, and its errors, notes and names of steps come as finished lines: "clip.mp4: cannot be opened: permission denied
(check its rights)". `told` takes such a line apart again: where, what, place in the file, hint; each is looked for among templates whose
variable parts are `{}`, and what stands there is told in turn. A line that is not known stays as it is, whole.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module

from app import words

_PLACE = re.compile(r"(?P<what>.+?)(?: at byte (?P<byte>\d+))?(?: in (?P<chunk>\S{4}(?: stream .+)?|tile \d+))?", re.DOTALL)
_BETWEEN = ("; ", ", ")  # several notes in one line
_LONGEST = 4000          # no sentence is; a name may be anything


def told(line: str) -> str:
    """`line` of the engine in the language in use now; itself where that is English or the line is not known."""
    if words.language == "en" or not line:
        return line
    return phrases(words.language).say(line) or line


@cache
def phrases(language: str) -> Phrases:
    book = import_module(f"app.language_{language}_engine")
    return Phrases(import_module(f"app.language_{language}").TABLE | book.TABLE, book.SYSTEM, book.PLACES)


class Phrases:
    """table: template -> template; system: words of the operating system and of libraries, in small letters; places: templates for the
    byte and the part of a file where something is."""

    def __init__(self, table: Mapping[str, str], system: Mapping[str, str], places: tuple[str, str]) -> None:
        self._table, self._system, self._places = table, system, places
        open_ = [t for t in table if "{}" in t]
        open_.sort(key=lambda t: -len(t.replace("{}", "")))  # the one that says most about itself first
        self._open = [(max(t.split("{}"), key=len), t) for t in open_]
        self.say = lru_cache(1024)(self._say)  # a line is cut in many ways, and the same pieces come again and again

    def _say(self, line: str) -> str | None:
        """None where no template knows the line."""
        if len(line) > _LONGEST:
            return None
        ways = self._whole, self._hinted, self._several, self._made, self._placed, self._somewhere
        return next((said for way in ways if (said := way(line))), None)

    def _whole(self, line: str) -> str | None:
        return self._table.get(line) or self._system.get(line.lower())

    def _hinted(self, line: str) -> str | None:
        if line.endswith(")"):
            for at in _places(line, " ("):
                hint = self.say(line[at + 2:-1])
                what = self.say(line[:at]) if hint else None
                if what:
                    return f"{what} ({hint})"
        return None

    def _made(self, line: str) -> str | None:
        for longest, template in self._open:
            if longest in line:
                found = _pattern(template).fullmatch(line)
                if found is not None:
                    return self._table[template].format(*(self.say(part) or part for part in found.groups()))
        return None

    def _placed(self, line: str) -> str | None:
        found = _PLACE.fullmatch(line)
        if found is None or not (found["byte"] or found["chunk"]):
            return None
        what, (byte, chunk) = self.say(found["what"]), self._places
        if what and found["byte"]:
            what += byte.format(found["byte"])
        if what and found["chunk"]:
            what += chunk.format(self.say(found["chunk"]) or found["chunk"])
        return what

    def _somewhere(self, line: str) -> str | None:
        for at in _places(line, ": "):
            what = self.say(line[at + 2:])
            if what:
                return f"{self._made(line[:at]) or line[:at]}: {what}"
        return None

    def _several(self, line: str) -> str | None:
        for between in _BETWEEN:
            parts = [self.say(part) for part in line.split(between)] if between in line else []
            if parts and all(parts):
                return between.join(part for part in parts if part)
        return None


def _places(line: str, text: str) -> list[int]:
    return [m.start() for m in re.finditer(re.escape(text), line)]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in template.split("{}")), re.DOTALL)
