"""The tutorial names keys that exist and pictures that are there."""
from __future__ import annotations

import re
from pathlib import Path

from app.actions import ACTIONS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text()


def test_pictures_are_there() -> None:
    named = re.findall(r"\]\((pictures/[\w-]+\.png)\)", TEXT)
    assert len(named) >= 5 and not [n for n in named if not (Path(__file__).resolve().parents[2] / "docs" / n).is_file()]


def test_pictures_are_of_the_script() -> None:
    root = Path(__file__).resolve().parents[2]
    script = (root / "docs" / "pictures" / "make.py").read_text()
    named = re.findall(r"pictures/([\w-]+)\.png", TEXT) + re.findall(r"docs/pictures/([\w-]+)\.png", (root / "README.md").read_text())
    assert "viewer" in named and not [n for n in named if f'"{n}"' not in script]


def test_keys_are_keys_of_the_program() -> None:
    keys = {k for s in ACTIONS for k in s.keys}
    used = set(re.findall(r"\b(?:Ctrl|Shift|Alt)\+(?:Shift\+)?(?:Left|Right|\w|,)", TEXT)) | {"F1", "F2"}
    assert len(used) > 12 and not used - keys


def test_menu_paths_exist() -> None:
    titles = {f"{s.menu} > {s.text.replace('&', '').rstrip('…')}" for s in ACTIONS}
    for path in re.findall(r"(?:File|View|Compare|Measure|Mark|Jobs) > [A-Z][a-z]+(?: [a-z]+)*", TEXT):
        assert any(path.startswith(t) or t.startswith(path) for t in titles), path
