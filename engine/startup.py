"""What makes a fresh process quick: torch and numba without the compilers that come with them.

`import torch` spends more than half of its time on parts that nothing here calls: exporters, quantisers, tracers, distributions. `lean()`
puts them off until somebody asks for one of them. Numba loads its whole compiler before it takes the first compiled loop from the disk;
`quick_loops()` takes the loop first. Both hold for the versions they were tried with, and leave any other version as it is.
"""
from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

_TORCH, _NUMBA = ("2.13.",), ("0.61.", "0.62.", "0.63.", "0.64.", "0.65.", "0.66.", "0.67.", "0.68.")
_PUT_OFF = ("torch.distributions", "torch.nested", "torch.optim", "torch.profiler", "torch.ao", "torch.nn.intrinsic", "torch.nn.qat",
            "torch.nn.quantizable", "torch.nn.quantized", "torch.quantization", "torch.masked", "torch.export", "torch.func",
            "torch._higher_order_ops", "torch.distributed._meta_registrations", "torch._meta_registrations", "torch._native",
            "torch.utils.data", "torch.compiler", "torchgen.model", "torch._subclasses", "torch._subclasses.fake_tensor")
# what `import torch` takes out of them by name: handed out as calls that look it up later
_NAMED = {"torch.func": ("vmap",), "torch._higher_order_ops": ("cond", "while_loop")}
# asked for whenever a network is moved or cast, to see whether a weight is one
_CLASS, _ASKED_BY = ("torch._subclasses.fake_tensor", "FakeTensor"), "torch.nn.modules.module"


class _Unborn(type):
    def __instancecheck__(cls, thing: Any) -> bool:
        module = sys.modules[_CLASS[0]]
        return not isinstance(module, _Later) and isinstance(thing, getattr(module, _CLASS[1]))


class _NotYet(metaclass=_Unborn):
    """Stands for a class in a module whose code has not run: nothing can be one yet."""


class _Later(ModuleType):
    """A module whose code has not run yet. The first name asked of it runs that of all modules put off, in torch's own order: some of
    them can be imported in no other."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in _NAMED.get(self.__name__, ()):
            return _call(self, name)
        if (self.__name__, name) == _CLASS and sys._getframe(1).f_globals.get("__name__") == _ASKED_BY and not _finder.running:
            return _NotYet
        _finder.catch_up(self)
        return getattr(self, name)


def _call(module: ModuleType, name: str) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        _finder.catch_up()
        return vars(module)[name](*args, **named)
    call.__name__ = call.__qualname__ = name
    return call


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules to be put off, and stands in for their loaders."""

    def __init__(self) -> None:
        self.waiting: list[tuple[_Later, importlib.abc.Loader]] = []
        self._lock = threading.RLock()
        self.running = False

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(name, path) if name in _PUT_OFF else None
        if spec is not None and spec.loader is not None:
            spec.loader_state, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Later(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        assert isinstance(module, _Later) and module.__spec__ is not None
        loader = module.__spec__.loader_state
        module.__spec__.loader = module.__loader__ = loader
        module.__file__ = module.__spec__.origin
        self.waiting.append((module, loader))

    def catch_up(self, wanted: ModuleType | None = None) -> None:
        """Run what was put off; while that goes on, of what it asks for in turn, only the module that is `wanted`."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        with self._lock:
            if self.running:
                self._run([pair for pair in self.waiting if pair[0] is wanted])
                return
            self.running = True
            try:
                while self.waiting:
                    self._run(self.waiting[:1])
            finally:
                self.running = False

    def _run(self, pairs: list[tuple[_Later, importlib.abc.Loader]]) -> None:
        for module, loader in pairs:
            self.waiting.remove((module, loader))
            module.__class__ = ModuleType  # type: ignore[assignment]
            loader.exec_module(module)


_finder = _Finder()


def lean() -> bool:
    """Let a later `import torch` put off what only compilers, exporters and trainers need. True when it will.

    For the viewer and for commands that run networks; training wants the whole of torch and does not call this.
    """
    if "torch" in sys.modules or not _known("torch", _TORCH):
        return False
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    return True


def put_off() -> list[str]:
    """Modules whose code has not run yet."""
    return [module.__name__ for module, _ in _finder.waiting]


def quick_loops() -> bool:
    """Let numba take compiled loops from the disk before it has loaded its compiler, which it then does when one is not there. True when
    it will."""
    from numba.core import caching, environment
    from numba.core.runtime import rtsys

    plain = caching.Cache.load_overload
    if getattr(plain, "quick", False):
        return True
    if not _known("numba", _NUMBA):
        return False

    def load_overload(self: Any, sig: Any, target_context: Any) -> Any:
        rtsys.initialize(target_context)  # what a loop from the disk needs: the runtime that counts references to arrays
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)
        return None

    load_overload.quick = True  # type: ignore[attr-defined]
    caching.Cache.load_overload = load_overload
    environment._rebuild_env = _without_import(environment._rebuild_env, environment)
    return True


def _without_import(plain: Callable[..., Any], environment: Any) -> Callable[..., Any]:
    """What numba keeps beside a loop from the disk: constants, and the names of the module that each of its parts is from. Compiled loops
    use the constants alone, so that numba's own modules need not be imported for the names."""
    def _rebuild_env(modname: str, consts: Any, env_name: str) -> Any:
        if modname in sys.modules or not modname.startswith("numba.") or environment.lookup_environment(env_name) is not None:
            return plain(modname, consts, env_name)
        env = environment.Environment({"__name__": modname})
        env.consts[:] = consts
        env.env_name = env_name
        environment.Environment._memo[env_name] = env
        return env

    _rebuild_env.__module__ = environment.__name__  # the cache writes it down by its name
    _rebuild_env.__qualname__ = "_rebuild_env"
    return _rebuild_env


def _known(package: str, versions: tuple[str, ...]) -> bool:
    """By the folder that an installer leaves; `importlib.metadata` would say the same, and takes longer to import than to answer."""
    try:
        spec = importlib.machinery.PathFinder.find_spec(package)
        if spec is None or spec.origin is None:
            return False
        names = [place.name for place in Path(spec.origin).parent.parent.glob(f"{package}-*.dist-info")]
    except OSError:
        return False
    return any(name.removeprefix(f"{package}-").startswith(versions) for name in names)
