"""The zoom controller: from what a view wants to an ordered plan of steps.

Order: a coarse picture at once; recorded tiles of the right level, centre first; within the record the same tiles restored; beyond it
synthesis, tile by tile, centre first, down to the depth that the response time allows and then, tile by tile again, to the full depth;
refinement by samples; then, when nothing visible waits, the tiles next to the view and the next frame. A plan is data: it opens nothing
and computes no pixels.
"""
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from engine.api import EngineError, Provenance, SourceInfo, Stage, ZoomRequest

from . import geometry, looks, provenance
from .costs import CostTable
from .geometry import Grid, Rect
from .tiles import REACH, TILE

DRAW_TILE = 256   # device pixels per side of a tile of recorded detail
MADE_TILE = 128   # of synthesised detail: smaller, so that it fills in visibly and stops soon
MAX_SAMPLES = 256
_PATIENCE = 10.0  # no depth is planned that takes longer than this many response times


class Priority(IntEnum):
    """Lower comes first, over all views."""

    VISIBLE = 0
    NEIGHBOUR = 1
    PREFETCH = 2


@dataclass(frozen=True)
class ZoomStep:
    """One piece of work between two looks at the queue. `rect` is in viewport pixels and may lie outside for neighbours. near: a
    coarse step with the detail that is recorded, from a part of the picture decoded alone."""

    stage: Stage
    rect: Rect
    level: int
    priority: Priority = Priority.VISIBLE
    samples: int = 1
    frame: int = 0
    near: bool = False

    @property
    def urgency(self) -> int:
        """Lower runs first, over all views: visible before neighbours before prefetch, and what is visible by stage."""
        return 10 * self.priority + (int(self.stage) if self.priority == Priority.VISIBLE else 0)


@dataclass(frozen=True)
class ZoomPlan:
    """What will be done for a request. `level`: recorded level in use; `depth`: levels synthesised beyond it (0 within the record);
    `prompt_depth`: the part of that within the response time; `recorded_limit`: device pixels per level-0 pixel up to which all is
    recorded; `magnification`: device pixels per level-0 pixel of this view; `kind`: class of the recorded stage's pixels."""

    id: int
    grid: Grid
    level: int
    depth: int
    prompt_depth: int
    recorded_limit: float
    magnification: float
    kind: Provenance
    estimate_ms: float
    steps: tuple[ZoomStep, ...]

    @property
    def within_record(self) -> bool:
        return self.magnification <= self.recorded_limit


class ZoomController:
    """Plans requests. Holds no state: what a device can do comes in with the cost table."""

    def plan(self, request: ZoomRequest, info: SourceInfo, costs: CostTable, *, can_synthesise: bool = True,
             can_restore: bool = False) -> ZoomPlan:
        """The steps for `request`. EngineError (one clear line) when the frame, region, viewport, level, samples or look make no sense."""
        geometry.check_frame(request.frame, info)
        if not 1 <= request.samples <= MAX_SAMPLES:
            raise EngineError(f"{request.samples} samples cannot be drawn", hint=f"choose 1 to {MAX_SAMPLES}")
        looks.check_look(request.look)
        grid = geometry.grid_of_view(request.roi, request.viewport, info)
        coarsest = geometry.coarsest_level(info)
        if request.level is not None and not 0 <= request.level <= coarsest:
            raise EngineError(f"there is no level {request.level}", where=info.path, hint=f"levels are 0 to {coarsest}")
        level = request.level if request.level is not None else geometry.recorded_level(grid.pitch, coarsest)
        limit = geometry.recorded_limit(request.level or 0)
        made = can_synthesise and not request.recorded_only and level == 0
        wanted = geometry.synthesis_depth(grid.pitch) if made else 0
        prompt, depth = self._depths(grid, wanted, request.response_ms, costs)

        whole: Rect = (0, 0, grid.width, grid.height)
        tiles = geometry.split(whole, DRAW_TILE)
        steps = [ZoomStep(Stage.COARSE, whole, level), ZoomStep(Stage.COARSE, whole, level, near=True)]
        steps += [ZoomStep(Stage.RECORDED, rect, level) for rect in tiles]
        estimate = costs.estimate("coarse") + costs.estimate("recorded", len(tiles))
        if can_restore and not request.recorded_only and level == 0 and not depth:
            steps += [ZoomStep(Stage.RESTORED, rect, 0) for rect in tiles]
            estimate += costs.estimate("restored", len(tiles))
        small = geometry.split(whole, MADE_TILE)
        for target in dict.fromkeys((prompt, depth)):
            if target:
                steps += [ZoomStep(Stage.SYNTHESISED, rect, -target) for rect in small]
                estimate += costs.estimate("draw", len(small))
        estimate += self._synthesis_ms(grid, depth, costs)
        if depth and request.samples > 1:
            steps += [ZoomStep(Stage.REFINED, rect, -depth, samples=request.samples) for rect in small]
            again = request.samples + (1 if request.seed else 0)
            estimate += again * self._synthesis_ms(grid, depth, costs) + costs.estimate("draw", len(small) * request.samples)
        steps += self._later(request, info, grid, level, prompt, costs)
        return ZoomPlan(request.id, grid, level, depth, prompt, limit, grid.magnification, provenance.classify(level, grid.pitch),
                        estimate, tuple(steps))

    @staticmethod
    def _tiles(grid: Grid, level: int) -> int:
        """Data tiles that level `level` < 0 needs under this view, halos of finer levels included."""
        q = 2.0 ** level
        across = grid.width * grid.px / q + 2 * REACH
        down = grid.height * grid.py / q + 2 * REACH
        return int((across // TILE + 1) * (down // TILE + 1))

    def _synthesis_ms(self, grid: Grid, depth: int, costs: CostTable) -> float:
        return sum(costs.estimate("synthesis", self._tiles(grid, -k)) for k in range(1, depth + 1))

    def _depths(self, grid: Grid, wanted: int, response_ms: int, costs: CostTable) -> tuple[int, int]:
        """(depth ready within the response time, full depth). At least one level is made wherever the record ends."""
        if not wanted:
            return 0, 0
        fits = [k for k in range(1, wanted + 1) if self._synthesis_ms(grid, k, costs) <= response_ms]
        patient = [k for k in range(1, wanted + 1) if self._synthesis_ms(grid, k, costs) <= _PATIENCE * response_ms]
        return max(fits, default=1), max(patient, default=1)

    def _later(self, request: ZoomRequest, info: SourceInfo, grid: Grid, level: int, prompt: int, costs: CostTable) -> list[ZoomStep]:
        """Work for quiet times: synthesised tiles around the view, as many as one response time pays for, and the next frame."""
        steps: list[ZoomStep] = []
        if prompt:
            each = costs.estimate("synthesis") * max((MADE_TILE * grid.pitch * 2.0 ** prompt / TILE) ** 2, 1.0)
            budget = max(int(request.response_ms / max(each, 1.0)), 0)
            w, h, t = grid.width, grid.height, MADE_TILE
            ring = [(x, y, t, t) for y in range(-t, h + t, t) for x in range(-t, w + t, t) if not (0 <= x < w and 0 <= y < h)]
            inside = [r for r in ring if grid.x0 + (r[0] + t) * grid.px > 0 and grid.y0 + (r[1] + t) * grid.py > 0
                      and grid.x0 + r[0] * grid.px < info.width and grid.y0 + r[1] * grid.py < info.height]
            inside.sort(key=lambda r: (r[0] + t / 2 - w / 2) ** 2 + (r[1] + t / 2 - h / 2) ** 2)
            steps += [ZoomStep(Stage.SYNTHESISED, rect, -prompt, Priority.NEIGHBOUR) for rect in inside[:budget]]
        if request.frame + 1 < info.frames:
            steps.append(ZoomStep(Stage.RECORDED, (0, 0, 0, 0), level, Priority.PREFETCH, frame=request.frame + 1))
        return steps
