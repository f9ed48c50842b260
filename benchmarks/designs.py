"""Designs of the codec beside each other at equal training: rate and distortion, quality over training, what ten times as much may bring.

Each is trained here from its start for the same processor time, on one thread, and measured on crops that none has seen. What was trained
and measured is kept in `runs/designs/`, so that a run that was stopped goes on;
remove that folder once the codec has changed.
"""
from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine.lorentzian.model import CodecModel, load_codec
from engine.lorentzian.nets import LorentzianNet
from engine.lorentzian.tables import Tables
from engine.training import codec_key
from engine.training.codec import Trainer
from engine.training.codec_data import load

from . import design_score, machine
from .design_nets import ChunkNet, FrameNet
from .design_ours import Shipped, tables
from .design_report import markdown
from .design_score import Code, Film
from .design_train import Chunks, Design, Frames, kept_at, spans, train
from .rd import Points

if TYPE_CHECKING:
    from .run import Options

CLIPS = ("hhoppe_palmtrees.mp4", "mvtb_traffic.mp4", "p5_crosswalk.mp4", "sam2_01_dog.mp4", "udacity_vehicle.mp4", "webrtc_chrome.mp4")
MINUTES = 20.0
# What the networks that ship were at earlier points of their training, as the repository's history holds them.
EARLIER = ("0c5e195", "4cedb64", "450edc8")
Curves = dict[str, Points]  # by clip


def designs() -> dict[str, Callable[[], Design]]:
    """How to begin each; clips are read once, when the first is begun."""
    data, held = machine.data_dir() / "train", []

    def clips() -> list[Any]:
        if not held:
            held.append(load(data))
        return list(held[0])
    return {"random": lambda: Chunks(False, clips()), "cosine": lambda: Chunks(True, clips()), "frames": lambda: Frames(clips()),
            "shipped": lambda: Shipped(clips(), codec_key.stills(data / "image"))}


def code(design: str, kept: dict[str, Any]) -> Code:
    """What was kept of a design as a coder."""
    if design == "shipped":
        net = LorentzianNet().eval()
        net.load_state_dict(kept["net"])
        return design_score.codec(CodecModel(net, tables(kept["tables"])))
    if design == "frames":
        frame_net = FrameNet()
        frame_net.load_state_dict(kept["net"])
        return design_score.frame_by_frame(frame_net, load_codec(device="cpu").tables)
    net = ChunkNet(design == "cosine")
    net.load_state_dict(kept["net"])
    return design_score.chunks(net)


def measured(file: Path, coder: Callable[[], Code], films: dict[str, Film], qualities: tuple[int, ...] = design_score.QUALITIES) -> Curves:
    """Curves of all films, kept in `file`."""
    held: Curves = json.loads(file.read_text()) if file.exists() else {}
    if not films.keys() <= held.keys():
        c = coder()
        held = {name: design_score.curve(c, f, qualities) for name, f in films.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(held))
        print(f"measured: {file.parent.name}/{file.stem}", flush=True)
    return {name: held[name] for name in films}


def earlier(commit: str) -> tuple[dict[str, Any], CodecModel] | None:
    """Scorecard and networks of `commit`, with the tables of today; None without the repository's history."""
    def show(name: str) -> bytes:
        return subprocess.run(["git", "show", f"{commit}:models/{name}"], cwd=machine.ROOT, capture_output=True, check=True).stdout
    try:
        card, weights = json.loads(show("codec.json")), show("codec.safetensors")
    except (OSError, subprocess.CalledProcessError):
        return None
    from safetensors.torch import load as read
    net = LorentzianNet().eval()
    net.load_state_dict({k: v.float() for k, v in read(weights).items()})
    return card, CodecModel(net, load_codec(device="cpu").tables)


def hours(card: dict[str, Any]) -> float:
    """Of training of all networks, from a scorecard."""
    return float(card["hours"]) + float(card.get("hours_key_slices", 0))


def cost(design: str) -> dict[str, float]:
    """Parameters, and multiplications of encoder and decoder together in thousands per luma pixel."""
    from torch.utils.flop_counter import FlopCounterMode
    quality, side = torch.tensor([32]), 128
    grid = side // 8

    def flops(what: Callable[[], Any]) -> float:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            what()
        return counter.get_total_flops() / 2 / 1000 / side ** 2
    if design == "shipped":
        key, between = codec_key.KeyTrainer(1e-3), Trainer(1e-3)
        x, one = torch.zeros(1, 96, grid, grid), torch.ones(1, 1, 1, 1)
        many = one.expand(1, 96, 1, 1)
        each = [flops(lambda t=t, kind=kind: t.slice_loss(x, x, x, quality, many, one, one.view(1), kind, x))
                for t, kind in ((key, 1), (between, 2))]
        return {"parameters": sum(p.numel() for p in LorentzianNet().parameters()), "kmac": (each[0] + 7 * each[1]) / 8}
    if design == "frames":
        net = FrameNet().eval()
        y = torch.zeros(1, 96, grid, grid)
        return {"parameters": sum(p.numel() for p in net.parameters()), "kmac": flops(lambda: net(y, y, quality))}
    chunk = ChunkNet(design == "cosine").eval()
    z = torch.zeros(1, 768, grid, grid)
    return {"parameters": sum(p.numel() for p in chunk.parameters()), "kmac": flops(lambda: chunk(z, z, quality)) / 8}


def run(options: Options) -> dict[str, Any]:
    """Train what is not trained yet, measure what is not measured yet."""
    minutes = options.minutes or MINUTES
    torch.set_num_threads(1)
    films = {p.name: design_score.film(p) for p in machine.val_clips(options.clips or CLIPS)}
    if not films:
        raise FileNotFoundError(f"needs clips in {machine.data_dir() / 'val' / 'video'}")
    folder, made = machine.ROOT / "runs" / "designs", designs()
    train(made, folder, minutes)
    figures: dict[str, Any] = {"minutes": minutes, "designs": {}, "others": {}, "earlier": []}
    for name in made:
        points = []
        for until in spans(minutes):
            file = kept_at(folder / name, until)
            held = torch.load(file, weights_only=True)
            curves = measured(file.with_suffix(".json"), lambda: code(name, held["kept"]), films)  # noqa: B023 (called at once)
            points.append({"seconds": held["seconds"], "steps": held["steps"], "curves": curves})
        figures["designs"][name] = {"snapshots": points, **cost(name)}
    others, still, ships = folder / "others", LorentzianNet().eval(), load_codec(device="cpu")
    figures["others"]["x264"] = measured(others / "x264.json", lambda: design_score.x264, films, design_score.CRFS)
    for title, model in (("nothing learned", CodecModel(still, Tables.untrained())), ("tables alone", CodecModel(still, ships.tables)),
                         ("ships", ships)):
        figures["others"][title] = measured(others / f"{title}.json", lambda: design_score.codec(model), films)  # noqa: B023
    card = json.loads((machine.ROOT / "models" / "codec.json").read_text())
    figures["ships"] = {"hours": hours(card), "steps": card["steps"], "steps_key_slices": card["steps_key_slices"]}
    for commit in EARLIER:
        had = earlier(commit)
        if had is not None:
            then, old = had
            figures["earlier"].append({
                "commit": commit, "hours": hours(then), "steps": then["steps"], "steps_key_slices": then["steps_key_slices"],
                "curves": measured(others / f"{commit}.json", lambda: design_score.codec(old), films)})  # noqa: B023
    return {"figures": figures, "markdown": markdown(figures)}
