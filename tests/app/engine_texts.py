"""What the engine can say to a person, read from its sources: templates of messages and hints, with `{}` for what is put in.

A value that is chosen from texts in the same function is written out, one template for each choice. Where only an expression stands (the
words of the system, an error that is handed on) that is listed apart.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
ERRORS = {"EngineError", "MediaError", "LzcError", "ModelError", "JobError", "Cancelled", "MarksError", "Gone"}
VALUES = {"engine/controller.py", "engine/lzc/facts.py", "engine/lzc/packed.py", "engine/lzc/times.py", "engine/lzc/layout.py"}
LISTS = {"notes", "lost", "losses", "problems", "lines", "missing", "warning", "line", "stop"}  # what else a person is told
SPOKEN = {"lose": 0, "break_off": 1, "WriteResult": 2, "Progress": 2, "ZoomFailed": 1}  # keep such a text, and which argument it is
REASONS = {"_hint", "_why_no_signature", "_line", "_lost_line", "even_stamps", "_shipped", "restorer_for", "_picture",
           "restoring", "unread"}
LEFT_OUT = {"engine/cli": "speaks on the command line only", "engine/training": "is reached from the command line only",
            "engine/startup.py": "its errors are Python's own", "engine/jobs/report_page.py": "writes the page of a report"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, tree) of everything that may speak in the window."""
    for path in sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "app").glob("*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if not any(name == out or name.startswith(out + "/") for out in LEFT_OUT) and "language_" not in name:
            yield name, ast.parse(path.read_text())


def last(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


class Handed(Exception):
    """The text is not in the source; `str()` gives the expression."""


class Reader(ast.NodeVisitor):
    """Goes through one module. found: template -> line where it is made; handed: expression that only hands a text on -> line."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.scopes = name, [tree]
        self.found: dict[str, int] = {}
        self.handed: dict[str, int] = {}
        self._open: set[str] = set()  # names that are being looked up
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.scopes.append(node)  # type: ignore[arg-type]
        for inner in ast.walk(node) if node.name in REASONS else ():
            if isinstance(inner, ast.Return) and inner.value is not None:
                self.texts_in(inner.value)
        self.generic_visit(node)
        self.scopes.pop()

    def visit_Call(self, node: ast.Call) -> None:
        name, args = last(node.func), node.args
        engine = self.name.startswith("engine/")
        if name in ERRORS or (name == "ValueError" and self.name in VALUES):
            for text in [*args[:1], *(k.value for k in node.keywords if k.arg == "hint")]:
                self.take(text)
        elif name in ("refuse", "Family"):
            for text in args[:1] if name == "refuse" else args[:2]:
                self.take(text, "the weights {} " if name == "refuse" else "")
        elif name in ("Progress", "ZoomFailed") and len(args) > SPOKEN[name]:
            self.take(args[SPOKEN[name]])
        elif engine and name in SPOKEN and len(args) > SPOKEN[name]:
            self.texts_in(args[SPOKEN[name]])
        elif engine and name == "append" and last(node.func.value) in LISTS:  # type: ignore[attr-defined]
            self.texts_in(args[0])
        for k in node.keywords if engine else ():
            if k.arg in LISTS:
                self.texts_in(k.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if self.name.startswith("engine/") and node.value is not None and any(last(t) in LISTS for t in targets):
            self.texts_in(node.value)
        self.generic_visit(node)

    visit_AnnAssign = visit_AugAssign = visit_Assign

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if self.name.startswith("engine/") and isinstance(key, ast.Constant) and key.value in LISTS:
                self.texts_in(value)
        self.generic_visit(node)

    def take(self, node: ast.expr, before: str = "") -> None:
        """A message or a hint: each text that it may be."""
        try:
            self.found.update({before + text: node.lineno for text in self.expand(node) if text})
        except Handed as what:
            self.handed[str(what)] = node.lineno

    def texts_in(self, node: ast.expr) -> None:
        """Every sentence that stands somewhere in a list of them."""
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            parts = list(node.elts)
        elif isinstance(node, (ast.Starred, ast.ListComp)):
            parts = [node.value if isinstance(node, ast.Starred) else node.elt]
        elif isinstance(node, ast.IfExp):
            parts = [node.body, node.orelse]
        elif isinstance(node, ast.BinOp) and not isinstance(node.left, (ast.Constant, ast.JoinedStr)):
            parts = [node.left, node.right]
        else:
            with suppress(Handed):
                self.found.update({text: node.lineno for text in self.expand(node) if " " in text.strip()})
            return
        for part in parts:
            self.texts_in(part)

    def expand(self, node: ast.expr) -> list[str]:
        """The templates of a text. `Handed` where it is none."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            return ["".join(parts) for parts in product(*map(self.inside, node.values))]
        if isinstance(node, ast.IfExp):
            return self.expand(node.body) + self.expand(node.orelse)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            made = ["".join(parts) for parts in product(self.or_value(node.left), self.or_value(node.right))]
            if any(text.replace("{}", "") for text in made):
                return made
        if isinstance(node, ast.Name):
            return self.named(node.id)
        raise Handed(ast.unparse(node))

    def or_value(self, node: ast.expr) -> list[str]:
        try:
            return self.expand(node)
        except Handed:
            return ["{}"]

    def inside(self, node: ast.expr) -> list[str]:
        if not isinstance(node, ast.FormattedValue):
            return self.expand(node)
        for part in node.value.values if isinstance(node.value, ast.BoolOp) else ():  # in place of one that is missing
            if isinstance(part, ast.Constant):
                self.take(part)
        return self.or_value(node.value) if isinstance(node.value, (ast.IfExp, ast.Name)) else ["{}"]

    def named(self, name: str) -> list[str]:
        """The texts that `name` is given in this function, or has in the module. Of a name that holds other things too, its texts are
        found each by itself."""
        nodes = [] if name in self._open else list(ast.walk(self.scopes[-1]))
        given = [n.value for n in nodes if isinstance(n, ast.Assign) and any(last(t) == name for t in n.targets)]
        texts: list[str] = []
        whole = bool(given)
        self._open.add(name)
        for value in given:
            try:
                texts += self.expand(value)
            except Handed:
                whole = False
        self._open.discard(name)
        if whole:
            return texts
        self.found.update({text: 0 for text in texts if text})
        known = getattr(import_module(self.name[:-3].removesuffix("/__init__").replace("/", ".")), name, None)
        if not given and isinstance(known, str):
            return [known]
        raise Handed(name)


@cache
def read_all() -> tuple[dict[str, str], dict[str, str]]:
    """(template -> where it is made, "file: expression" that hands a text on -> where), of the whole program."""
    found: dict[str, str] = {}
    handed: dict[str, str] = {}
    for name, tree in sources():
        reader = Reader(name, tree)
        found |= {text: f"{name}:{line}" for text, line in reader.found.items() if text not in found}
        handed |= {f"{name}: {what}": f"{name}:{line}" for what, line in reader.handed.items()}
    return found, handed
