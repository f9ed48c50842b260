"""`lorentz train hierarchical DATA`: the networks of every level, and the starting contexts, of the general-data coder.

Networks learn three ways: separate (each level its own from the start), joint (one network under the sum of all levels' losses) and
hybrid (joint first, then each level its own from there); the best on held-back data is shipped and all three stand in the scorecard.
Then the coder runs over the training data once and what its contexts learnt becomes their start.
"""
from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.api import JobError, JobResult, Progress
from engine.hierarchical import coding, model
from engine.hierarchical import walk as W
from engine.hierarchical.state import State
from engine.resources import models_dir
from engine.training import hierarchical_data as D
from engine.training.hierarchical_features import features
from engine.training.scorecard import data_facts, hardware, write_atomically, write_scorecard

Sets = dict[int, tuple[np.ndarray, np.ndarray]]
WAYS = ("separate", "joint", "hybrid")
_BATCH = 2048
_MOST = 400_000          # examples of a level kept
_SURE = 24               # a shipped context counts at most as this many decisions, so that files change it soon
_PICTURES = 40


class _Net(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(W.SEEN, W.HIDDEN)
        self.last = torch.nn.Linear(W.HIDDEN, 1)
        torch.nn.init.zeros_(self.last.weight)
        torch.nn.init.zeros_(self.last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.last(torch.relu(self.first(x)))[:, 0]
        return out


def train(data: Path, *, out: Path | None = None, steps: int = 5000, seed: int = 0,
          threads: int = 1) -> Generator[Progress, None, JobResult]:
    """Writes `hierarchical_series` and `hierarchical_picture` (.safetensors, .json, .md) to the folder `out` (default: the shipped one)."""
    folder = out or models_dir()
    if not D.sensor_files(data):
        raise JobError("there are no sensor tables to learn from", where=str(data / "train" / "sensor"), hint="put csv files there")
    torch.set_num_threads(threads)
    outputs: list[str] = []
    facts: dict[str, Any] = {}
    for kind in model.KINDS:
        learn, held = _samples(data, kind)
        if not learn or not held:
            continue
        begun = time.monotonic()
        paths, facts[kind] = yield from _train_one(kind, data, folder, learn, held, steps, seed, begun)
        outputs += paths
    return JobResult(tuple(outputs), facts)


def _samples(data: Path, kind: str) -> tuple[list[D.Sample], list[D.Sample]]:
    if kind == "series":
        return list(D.series(data, False)), list(D.series(data, True))
    return list(D.pictures_of(data, "train", _PICTURES)), list(D.pictures_of(data, "val", 4))


def _train_one(kind: str, data: Path, folder: Path, learn: list[D.Sample], held: list[D.Sample], steps: int, seed: int,
               begun: float) -> Generator[Progress, None, tuple[list[str], dict[str, Any]]]:
    plain = replace(model.fresh(), name=f"hierarchical_{kind}")
    shaped = replace(plain, networked=True)
    rng = np.random.default_rng(seed)
    train_sets, held_sets = _gather(learn, shaped, rng), _gather(held, shaped, rng)
    results: dict[str, tuple[dict[str, np.ndarray], float]] = {}
    for number, way in enumerate(WAYS):
        yield Progress(number, len(WAYS) + 2, f"{kind}: networks, {way}")
        nets = yield from _learn(way, train_sets, steps, seed)
        results[way] = _integers(nets), _loss(nets, held_sets)
    best = min(results, key=lambda way: results[way][1])
    arrays = {**plain.arrays, **results[best][0]}
    candidates = {"with networks": replace(shaped, arrays=arrays), "without": plain}
    yield Progress(len(WAYS), len(WAYS) + 2, f"{kind}: contexts")
    trained = {name: _contexts(m, learn) for name, m in candidates.items()}
    sizes = {"untrained": _bytes(plain, held), "contexts trained": _bytes(trained["without"], held),
             "contexts and networks trained": _bytes(trained["with networks"], held)}
    yield Progress(len(WAYS) + 1, len(WAYS) + 2, f"{kind}: scorecard")
    path = folder / f"hierarchical_{kind}.safetensors"
    from safetensors.numpy import save

    write_atomically(path, save(trained["with networks"].arrays))
    card = _card(kind, data, learn, held, results, best, sizes, steps, seed, time.monotonic() - begun)
    json_path, page = write_scorecard(path, card)
    return [str(path), str(json_path), str(page)], {"way": best, "held_back_bytes": sizes, "loss": {w: r[1] for w, r in results.items()}}


def _gather(samples: Iterable[D.Sample], shaped: model.Model, rng: np.random.Generator) -> Sets:
    parts: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for sample in samples:
        for number, pair in features(sample, shaped).items():
            parts.setdefault(number, []).append(pair)
    out = {}
    for number, pairs in parts.items():
        x, y = np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])
        pick = rng.permutation(len(x))[:_MOST]
        out[number] = x[pick], y[pick]
    return out


def _learn(way: str, sets: Sets, steps: int, seed: int) -> Generator[Progress, None, dict[int, _Net]]:
    torch.manual_seed(seed)
    if way == "separate":
        nets = {number: _Net() for number in sets}
        yield from _descend(nets, sets, steps)
        return nets
    shared = _Net()
    one = dict.fromkeys(sets, shared)
    yield from _descend(one, sets, steps if way == "joint" else steps // 2)
    if way == "joint":
        return one
    own = {}
    for number in sets:
        own[number] = _Net()
        own[number].load_state_dict(shared.state_dict())
    yield from _descend(own, sets, steps // 2)
    return own


def _descend(nets: dict[int, _Net], sets: Sets, steps: int) -> Generator[Progress, None, None]:
    parameters = list({id(p): p for net in nets.values() for p in net.parameters()}.values())
    optimiser = torch.optim.Adam(parameters, lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    tensors = {n: (torch.from_numpy(x), torch.from_numpy(y)) for n, (x, y) in sets.items()}
    for step in range(steps):
        loss = torch.zeros(())
        for number, (x, y) in tensors.items():
            pick = torch.randint(len(x), (min(_BATCH, len(x)),))
            loss = loss + (nets[number](x[pick]) - y[pick]).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            yield Progress(step, steps, "networks")


def _loss(nets: dict[int, _Net], sets: Sets) -> float:
    with torch.no_grad():
        return float(np.mean([(nets[n](torch.from_numpy(x)) - torch.from_numpy(y)).abs().mean() for n, (x, y) in sets.items()]))


def _integers(nets: dict[int, _Net]) -> dict[str, np.ndarray]:
    """Weights in 2^-10, biases of the hidden layer in 2^-20, of the last in 2^-20, as `walk._network` reads them."""
    w = np.zeros((model.NETS, W.HIDDEN, W.SEEN), np.int16)
    b = np.zeros((model.NETS, W.HIDDEN + 1), np.int32)
    v = np.zeros((model.NETS, W.HIDDEN), np.int16)
    for number, net in nets.items():
        state = {name: value.numpy().astype(np.float64) for name, value in net.state_dict().items()}
        w[number] = np.clip(np.rint(state["first.weight"] * 1024), -32767, 32767)
        b[number, :-1] = np.clip(np.rint(state["first.bias"] * 2.0 ** 20), -(1 << 29), 1 << 29)
        b[number, -1] = np.rint(state["last.bias"][0] * 2.0 ** 20)
        v[number] = np.clip(np.rint(state["last.weight"][0] * 1024), -32767, 32767)
    return {"net_w": w, "net_b": b, "net_v": v}


def _run(m: model.Model, sample: D.Sample, state: State) -> int:
    shift = np.array([max(0, int(c.max() - c.min()).bit_length() - 15) for c in sample.q], np.int64)
    return sum(map(len, coding.encode(sample.q, coding.NONE8, sample.parents, shift, m, state=state)))


def _contexts(m: model.Model, samples: list[D.Sample]) -> model.Model:
    """The model with the contexts and weights that a run over `samples` leaves, each less sure of itself."""
    carried = State(1, m)
    for sample in samples:
        state = State(sample.q.shape[0], m)
        for name in ("prob", "count", "weight", "low_prob", "low_count"):
            kept, now = getattr(carried, name), getattr(state, name)
            size = len(m.arrays["prob"]) if name in ("prob", "count") else len(now)
            now[:size] = kept[:size]
        _run(m, sample, state)
        carried = state
    size = len(m.arrays["prob"])
    arrays = {**m.arrays, "prob": carried.prob[:size].copy(), "count": np.minimum(carried.count[:size], _SURE),
              "weight": carried.weight.copy(), "low_prob": carried.low_prob.copy(), "low_count": np.minimum(carried.low_count, _SURE)}
    return replace(m, arrays=arrays)


def _bytes(m: model.Model, samples: list[D.Sample]) -> int:
    return sum(_run(m, sample, State(sample.q.shape[0], m)) for sample in samples)


def _card(kind: str, data: Path, learn: list[D.Sample], held: list[D.Sample], results: dict[str, tuple[dict[str, np.ndarray], float]],
          best: str, sizes: dict[str, int], steps: int, seed: int, seconds: float) -> dict[str, Any]:
    used = sorted({s.file for s in learn})
    split = (f"first {D.SHARE:.0%} of each sensor file to learn from, the rest held back" if kind == "series"
             else "middles of train pictures to learn from, of val pictures held back")
    return {
        "title": f"General data, {kind}", "summary": "Starting contexts and one integer network per level of the hierarchical coder.",
        "task": "hierarchical", "split": split, "steps": steps, "seed": seed, "seconds": round(seconds, 1), "shipped_way": best,
        "hidden_units": W.HIDDEN, "inputs": W.SEEN, "networks": model.NETS, "hardware": json.dumps(hardware()),
        "command": "lorentz train hierarchical DATA",
        "tables": {
            "Held-back loss of the networks (mean |error| over the size of the surroundings)": (
                ["trained", "loss"], [[way, f"{loss:.5f}"] for way, (_, loss) in results.items()]),
            "Held-back bytes, all files and bounds together": (
                ["model", "bytes", "against untrained"],
                [[name, str(n), f"{100 * (n / sizes['untrained'] - 1):+.1f} %"] for name, n in sizes.items()])},
        "limits": ["learnt from few and small data sets; least squares that adapt to each file do most of the predicting"],
        "sources": [f"{f['file']}: {f['licence']}" for f in data_facts(data, used)],
        "data": data_facts(data, used), "held_back": sorted({s.file.name for s in held}),
    }
