"""What each stage of a zoom costs: from the request to pixels on this machine, and the parts that synthesis is made of."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.resources import asset_path

from . import machine
from .child import call

if TYPE_CHECKING:
    from .run import Options

GOALS = {"first": 50, "recorded": 150, "synthesised": 1000}


def run(options: Options) -> dict[str, Any]:
    """The zoom of the sample in a fresh process, then single stages in this one; about a minute."""
    figures: dict[str, Any] = {"zoom": call("zoom", asset_path("sample.lzc"), 3)}
    place = figures["zoom"]["place"]
    names = {"first": "first pixels", "recorded": "recorded detail", "synthesised": "synthesised x4, 512 x 512"}
    rows: list[list[Any]] = [[title, place.get(name), place.get(name + " cpu"), GOALS[name]] for name, title in names.items()]
    text = ("From the release of the mouse, another place of the same frame of the sample (1280x720), a 512 x 512 view of 128 x 128 "
            "pixels, medians of three.\n\n" + machine.table(["stage", "ms", "processor ms", "goal ms"], rows) + "\n\nWhat synthesis is "
            "made of: processor time on one thread, medians of five.\n\n")
    figures["parts"] = parts = _on_one_thread()
    return {"figures": figures, "markdown": text + machine.table(["part", "processor ms"], [[k, v] for k, v in parts.items()])}


def _on_one_thread() -> dict[str, float]:
    """More threads wait for one another where others use the machine, and tell of that and not of the work."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {name: _median(work) for name, work in _parts().items()}
    finally:
        torch.set_num_threads(threads)


def _median(work: Callable[[], object], repeats: int = 5) -> float:
    work()
    spans = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spans.append((time.process_time() - start) * 1000)
    return statistics.median(spans)


def _parts() -> dict[str, Callable[[], object]]:
    import torch

    from engine.api import Frame
    from engine.diffusor import load_detail
    from engine.diffusor.ahead import between, load_ahead
    from engine.diffusor.consistency import base_upsample, project
    from engine.diffusor.noise import field
    from engine.zoom.tiles import TILE, context

    model, ahead = load_detail(), load_ahead()
    rng = np.random.default_rng(0)
    side = TILE // 2 + 2 * context(model)
    y, u = (rng.uniform(0, 255, (n, n)).astype(np.float32) for n in (side, side // 2))
    ty, tuv = torch.from_numpy(y)[None, None], torch.from_numpy(np.stack((u, u)))[None]
    with torch.inference_mode():
        features = model.net.features(ty, tuv)
    noise = torch.from_numpy(field(("f", 0, 0), 1, 0, (0, 0), (model.net.config.noise, side // 2, side // 2)))[None]

    def quiet(work: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            with torch.inference_mode():
                return work()
        return run

    how: dict[str, Any] = {"origin": (0, 0), "key": ("f", 0, 0), "seed": 1}
    frames = [Frame(rng.integers(0, 255, (360, 640)).astype(np.uint8), *(rng.integers(0, 255, (180, 320)).astype(np.uint8),) * 2, n)
              for n in range(2)]
    tile = f"tile of {TILE} x {TILE} made"
    return {
        f"classical start ({tile})": quiet(lambda: base_upsample(ty)),
        f"trunk ({tile})": quiet(lambda: model.net.features(ty, tuv)),
        f"mean head ({tile})": quiet(lambda: model.net.mean_residual(features)),
        f"noise of a place ({tile})": lambda: field(("f", 0, 0), 1, 0, (0, 0), (model.net.config.noise, side // 2, side // 2)),
        f"sample head ({tile})": quiet(lambda: model.net.sample_residual(features, noise)),
        f"projection onto the record ({tile})": quiet(lambda: project(base_upsample(ty), ty)),
        f"expected detail, all of it ({tile})": lambda: model.synthesise(y, u, u, **how, stochastic=False),
        f"expected detail and 8 samples ({tile})": lambda: model.samples(y, u, u, **how, samples=(None, *range(8))),
        "the next frame predicted (640 x 360)": lambda: ahead.after(frames[0], frames[1], 1),
        "a frame between two (640 x 360)": lambda: between(frames[0], frames[1], [0.5]),
    }
