"""A network that is being trained together with the running mean of its weights, which is what ships; and its checkpoints."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.api import ModelError

AVERAGE = 0.998     # share of the mean that a step leaves, once there were many
LONGEST = 0.5       # norm that gradients are cut at


class Averaged:
    """State of a run. `rate` is that of a full step, reached after `warm_up` of them; seconds: for whoever runs it to count."""

    net: nn.Module

    def begin(self, net: nn.Module, rate: float, warm_up: int, decay: float) -> None:
        """Before the first step. decay: of weights."""
        self.net, self._rate, self._warm_up = net, rate, warm_up
        self.opt = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay)
        self.average = {k: v.detach().clone() for k, v in net.state_dict().items()}
        self.steps, self.seconds = 0, 0.0

    def follow(self, loss: Tensor, rate: float) -> None:
        """One step down the gradient of `loss`; rate: share of the full one."""
        for g in self.opt.param_groups:
            g["lr"] = self._rate * rate * min(1.0, (self.steps + 1) / self._warm_up)
        self.opt.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), LONGEST)
        self.opt.step()
        self.steps += 1
        keep = min(AVERAGE, self.steps / (self.steps + 19))
        with torch.no_grad():
            for k, v in self.net.state_dict().items():
                self.average[k].lerp_(v, 1 - keep)

    def save(self, path: Path, **more: Any) -> None:
        """A checkpoint, with `more` in it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        torch.save({"net": self.net.state_dict(), "opt": self.opt.state_dict(), "average": self.average, "steps": self.steps,
                    "seconds": self.seconds, **more}, part)
        os.replace(part, path)

    def take_up(self, path: Path, device: str = "cpu") -> dict[str, Any]:
        """Go on from a checkpoint; all that is in it. ModelError when it is of another network."""
        saved: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
        try:
            self.net.load_state_dict(saved["net"])
            self.opt.load_state_dict(saved["opt"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise ModelError("this checkpoint is of another network", where=str(path), hint="start afresh, without --resume") from error
        self.average, self.steps, self.seconds = saved["average"], int(saved["steps"]), float(saved["seconds"])
        return saved
