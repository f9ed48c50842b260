"""A fresh process does without the compilers of torch and numba, and has them when somebody asks."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import startup

ROOT = Path(__file__).resolve().parents[2]
needs_torch = pytest.mark.skipif(not startup._known("torch", startup._TORCH), reason="another torch than the one this was made for")
needs_numba = pytest.mark.skipif(not startup._known("numba", startup._NUMBA), reason="another numba than the ones this was made for")


def run(code: str, **env: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=110, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT), **env})
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@needs_torch
def test_torch_leaves_out_what_networks_do_not_need() -> None:
    out = run("""
import sys
from engine.startup import lean, put_off
print(lean(), lean())
import torch
names = put_off()
net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.ReLU())
with torch.inference_mode():
    print(net(torch.ones(1, 2, 5, 5)).shape[1])
print("torch._meta_registrations" in names, "torch.optim" in names, "torch.fx.passes" in sys.modules, put_off() == names, lean())
""")
    assert out == ["True", "True", "3", "True", "True", "False", "True", "False"]


@needs_torch
def test_whoever_asks_gets_the_whole_of_torch() -> None:
    out = run("""
from engine.startup import lean, put_off
lean()
import torch
p = torch.nn.Parameter(torch.ones(3))
o = torch.optim.SGD([p], 0.5)
print(put_off())
p.sum().backward(); o.step()
print(p.tolist() == [0.5] * 3, torch.distributions.Normal(0, 1).mean.item(), type(torch.optim).__name__)
import torch._dynamo
print(type(torch.export.export(torch.nn.Linear(2, 2), (torch.ones(1, 2),))).__name__)
try:
    torch.optim.no_such_thing
except AttributeError as fault:
    print("no_such_thing" in str(fault))
""")
    assert out == ["[]", "True", "0.0", "module", "ExportedProgram", "True"]


@needs_torch
def test_no_weight_is_of_a_class_that_is_not_there_yet() -> None:
    assert run("""
import sys
from engine.startup import lean, put_off
lean()
import torch
net = torch.nn.Linear(2, 2).to(torch.float64)
print("torch._subclasses.fake_tensor" in put_off(), net.weight.dtype == torch.float64)
held = eval("vars(torch._subclasses.fake_tensor).get('FakeTensor') or torch._subclasses.fake_tensor.FakeTensor",
            {"torch": torch, "__name__": "torch.nn.modules.module"})
print(isinstance(torch.ones(1), held))
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
with FakeTensorMode():
    fake = torch.ones(1)
print(put_off(), FakeTensor is not held, isinstance(fake, held), isinstance(torch.ones(1), held))
""") == ["True", "True", "False", "[]", "True", "True", "False"]


@needs_torch
def test_calls_that_torch_hands_on_are_the_real_ones() -> None:
    assert run("""
from engine.startup import lean, put_off
lean()
import torch
print(len(put_off()) > 10, torch.vmap(lambda x: x * 2)(torch.ones(2)).tolist() == [2.0, 2.0], put_off())
""") == ["True", "True", "[]"]


@needs_torch
def test_neither_codec_nor_zoom_asks_for_the_rest() -> None:
    assert run("""
from engine.startup import lean, put_off
lean()
from engine.controller import SystemController
from engine.resources import asset_path
SystemController.prepare()
before = put_off()
with SystemController() as system:
    source = system.watch(asset_path("sample.lzc"))
    source.read_level(0, 2)
    from engine.zoom import render_zoom
    render_zoom(source, 0, (300.0, 200.0, 16.0, 12.0), 4.0, seed=0, samples=2)
    from engine.diffusor.ahead import load_ahead
    small = [source.read_level(n, 2) for n in (0, 1)]
    load_ahead().after(*small, 2)
    source.close()
print(len(before) > 10, put_off() == before)
""") == ["True", "True"]


@needs_numba
def test_a_loop_from_the_disk_needs_no_compiler(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text("""
import numpy as np
from numba import njit
@njit(cache=True, nogil=True)
def total(a, n):
    if n > 99:
        raise ValueError("too many")
    b = np.zeros(n, np.int64)
    for i in range(n):
        b[i] = a[i] * 2 if i % 2 else a[i]
    s = 0
    for i in range(n):
        s += b[i]
    return s
""")
    code = f"""
import sys
from engine.startup import quick_loops
print(quick_loops(), quick_loops())
sys.path.insert(0, {str(tmp_path)!r})
import numpy as np, loops
print(loops.total(np.arange(5), 5), "numba.np.arraymath" in sys.modules)
print(loops.total(np.arange(5, dtype=np.int16), 5), "numba.np.arrayobj" in sys.modules)
try:
    loops.total(np.arange(5), 100)
except ValueError as fault:
    print(str(fault).replace(" ", "_"))
"""
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run(code, **cache) == ["True", "True", "14", "True", "14", "True", "too_many"]      # nothing on the disk yet: compiled
    assert run(code, **cache) == ["True", "True", "14", "False", "14", "False", "too_many"]
    more = code + "print(loops.total(np.arange(5.0), 5), loops.total(np.arange(5), 5))\n"     # compiled beside what was on the disk
    assert run(more, **cache)[-2:] == ["14", "14"] and run(code, **cache)[3] == "False"
    (tmp_path / "loops.py").write_text((tmp_path / "loops.py").read_text().replace("* 2", "* 3"))
    assert run(code, **cache) == ["True", "True", "18", "True", "18", "True", "too_many"]      # another source is compiled anew


def test_other_versions_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert startup._known("numpy", ("1.", "2.")) and not startup._known("numpy", ("0.",)) and not startup._known("nothing_here", ("",))
    monkeypatch.setattr(startup, "_TORCH", ("99.",))
    assert startup.lean() is False and startup._finder not in sys.meta_path
