"""The same bytes on every machine and thread: a block of whole numbers, coded with the untrained model, is pinned for good."""
import ast
import hashlib
import inspect
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import pytest

from engine.entropy import coder
from engine.hierarchical import block, least, text, walk
from engine.hierarchical.model import fresh, load
from engine.hierarchical.state import State
from engine.hierarchical.text import encode_text


def channels() -> list[block.Channel]:
    """Made with integers only, so that no library's random numbers or sines are pinned with it."""
    state, x = 12345, []
    for c in range(3):
        value, row = 0, []
        for i in range(900):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            value += (state >> 16) % 7 - 3 + (40 if i == 300 else 0)
            row.append(value * (c + 1) + (state >> 20) % 3)
        x.append(block.Channel(np.array([row], np.int64), bound=float(c)))
    return x


def test_bytes_are_pinned() -> None:
    coded = block.encode(channels(), model=fresh())
    assert hashlib.sha256(coded.side + b"".join(coded.levels)).hexdigest()[:24] == "c90b2a995c998da240c59983"
    assert hashlib.sha256(encode_text(b"to be or not to be, that is the question\n" * 9)).hexdigest()[:24] == "ec21a5111a98e8eb3be04c7c"


def test_threads_change_nothing() -> None:
    x = channels()
    once = block.encode(x, model=load("series"))
    with ThreadPoolExecutor(4) as pool:
        assert all(again == once for again in pool.map(lambda _: block.encode(x, model=load("series")), range(8)))


@pytest.mark.parametrize("module", [coder, least, text, walk])
def test_decoding_knows_no_floats(module: ModuleType) -> None:
    """Compiled code is given whole numbers and makes no others: no true division, no constant with a point."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        assert not isinstance(node, ast.Div)
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))


def test_the_state_holds_whole_numbers_only() -> None:
    for name, value in vars(State(2, load("series"))).items():
        assert value.dtype.kind in "iu", name
