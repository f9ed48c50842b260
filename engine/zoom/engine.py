"""The zoom engine: turns requests of views into tiles on one plain thread, the most urgent work first.

`submit` only queues, so it never blocks a screen. A new request of a view replaces all its old work, which ends before its next step
or its next data tile. Sources are opened and read, and the network is loaded, on a second thread: what goes on there is no longer waited
for when it has become stale. Under `force_sync` all is done on the caller's thread.
"""
from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from engine.api import (
    Cancelled,
    EngineError,
    Frame,
    FrameSource,
    ModelError,
    SourceInfo,
    Stage,
    TileReady,
    ZoomDone,
    ZoomFailed,
    ZoomRequest,
)

from .cache import TileCache
from .controller import Priority, ZoomController, ZoomPlan, ZoomStep
from .costs import CostTable
from .pictures import Pictures
from .reading import Reads
from .restored import Restorer, restorer_for
from .scheduler import Scheduler, SyncScope, Ticket
from .sources import OpenSource, SourceShelf
from .tiles import Synthesiser
from .view import Drawn, View

Event = TileReady | ZoomDone | ZoomFailed
_log = logging.getLogger(__name__)
_SKIP_COARSE_MS = 40.0  # a whole recorded view that is at hand and this quick needs no coarse picture before it


def _shipped_model() -> Synthesiser:
    import torch  # only when synthesis is first needed

    from engine.diffusor import load_detail

    # one core is the window's: where the network takes all of them, events wait for as long as a convolution
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    return load_detail()


@dataclass(eq=False)
class _Work:
    """One request under way. `drawer` and what follows are set when it is planned."""

    ticket: Ticket
    request: ZoomRequest
    started: float = field(default_factory=time.perf_counter)
    drawer: View | None = None
    visible_left: int = 0
    tiles: int = 0
    notes: list[str] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)

    def ms(self) -> float:
        return (time.perf_counter() - self.started) * 1000.0


_Step = tuple[_Work, ZoomStep | None]  # None: open the source and plan


class ZoomEngine:
    """`on_event` is called on the engine's thread with TileReady, ZoomDone and ZoomFailed; it must return quickly.

    open_source: opens a path (default: `engine.opening.open_source`); detail: a detail model, a function that gives one, or None for
    the shipped one, loaded when first needed. A missing model is said once, as ZoomFailed after the tiles of that request are out
    and before its ZoomDone; from then on what lies beyond the record is interpolated, and marked so.
    """

    def __init__(self, on_event: Callable[[Event], None], *, open_source: OpenSource | None = None,
                 detail: Synthesiser | Callable[[], Synthesiser] | None = None, cache_bytes: int = 384 << 20,
                 controller: ZoomController | None = None, costs: CostTable | None = None,
                 restorer: Callable[[FrameSource], tuple[Restorer | None, str]] = restorer_for) -> None:
        self._on_event = on_event
        self._give_restorer = restorer
        self._restorers: dict[int, tuple[FrameSource, Restorer | None]] = {}  # by identity: a source opened anew gets another
        self._shelf = SourceShelf(open_source)
        self._give_model: Callable[[], Synthesiser] = _shipped_model
        self._model: Synthesiser | None = None
        if isinstance(detail, Synthesiser):
            self._model = detail
        elif detail is not None:
            self._give_model = detail
        self._model_missing = False
        self.controller, self.costs = controller or ZoomController(), costs or CostTable()
        self._reads = Reads("zoom-reads", lambda: self._scheduler.is_synchronous)
        self.pictures = Pictures(TileCache(cache_bytes), self._reads.run)
        self._scheduler = Scheduler(self._run, lambda: None, "zoom-engine")

    # -- called from any thread ------------------------------------------------------------------------------------------------

    @property
    def cache(self) -> TileCache:
        return self.pictures.cache

    def submit(self, view: str, request: ZoomRequest) -> None:
        """Replaces all work of `view` by `request`. EngineError after `close`."""
        self._scheduler.replace(view, lambda ticket: (_Work(ticket, request), None))

    def cancel(self, view: str) -> None:
        """Stops all work of `view`; no event of it is sent after its present step."""
        self._scheduler.drop(view)

    def offer_frame(self, info: SourceInfo, frame: Frame) -> None:
        """Hands in a frame that is already decoded (by the player), so that a zoom of it need not decode it again."""
        self.pictures.offer(info, frame)

    def keep_only(self, paths: Collection[str]) -> None:
        """Only these are looked at from now on: other sources are closed, with all that they hold; without any, all tiles go too."""
        kept = frozenset(paths)
        self._reads.later(lambda: self._shelf.keep_only(kept))
        if not kept:
            self.cache.clear()

    def wait_until_idle(self, timeout: float | None = None) -> bool:
        """Blocks until no work is left, neighbours and prefetch included; False when `timeout` seconds pass before that."""
        return self._scheduler.wait_until_idle(timeout)

    def force_sync(self) -> SyncScope:
        """From now on `submit` does all its work before it returns; used as a context manager, until its end."""
        return SyncScope(self._scheduler, self._let_go)

    def _let_go(self) -> None:
        """Closes the sources: each stays on the thread that opened it."""
        self._reads.settle()
        self._shelf.close()

    def close(self) -> None:
        """Stops all work, closes the sources and joins the threads. A second call does nothing."""
        self._scheduler.close()
        self._reads.close()
        self._shelf.close()

    def __enter__(self) -> ZoomEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # -- called by the scheduler -----------------------------------------------------------------------------------------------

    def _run(self, ticket: Ticket, queued: _Step) -> None:
        work, step = queued
        try:
            try:
                if step is None:
                    self._begin(work)
                else:
                    self._do(work, step)
            except Cancelled:
                return
            except Exception as error:
                if step is not None and step.priority != Priority.VISIBLE:
                    _log.debug("work ahead of time failed", exc_info=True)  # it will be said when somebody looks there
                    return
                self._fail(work, error)
        except Cancelled:
            return

    def _fail(self, work: _Work, error: Exception) -> None:
        self._scheduler.abandon(work.ticket)
        message = str(error)
        if not isinstance(error, EngineError):  # a defect reaches the person as one line, and the log with its stack
            _log.error("zoom step failed", exc_info=error)
            reason = next(iter(message.splitlines()), "")
            message = f"this view could not be drawn: {type(error).__name__}{': ' + reason if reason else ''}"
        self._send(work, ZoomFailed(work.request.id, message))

    def _send(self, work: _Work, event: Event) -> None:
        self._check(work)
        try:
            self._on_event(event)
        except Exception:  # a fault of the listener is not a fault of the picture
            _log.exception("zoom listener failed")

    def _check(self, work: _Work) -> None:
        if self._scheduler.stale(work.ticket):
            raise Cancelled

    def _begin(self, work: _Work) -> None:
        request = work.request
        path = request.path
        source = self._shelf.known(path) or self._reads.run(("open", path), lambda: self._shelf.get(path), lambda: self._check(work))
        restorer = None if request.recorded_only else self._restorer(work, source)
        can = {"can_restore": restorer is not None}
        plan = self.controller.plan(request, source.info, self.costs, **can)
        if plan.depth and self._detail(work) is None:
            plan = self.controller.plan(request, source.info, self.costs, can_synthesise=False, **can)
        work.drawer = View(source, request.frame, plan.grid, self.pictures, seed=request.seed, model=self._model,
                           check=lambda: self._check(work), measure=lambda ms, tiles: self.costs.record("synthesis", ms, tiles),
                           look=request.look)
        work.drawer.restorer = restorer
        steps = self._needed(work.drawer, plan)
        work.visible_left = sum(step.priority == Priority.VISIBLE for step in steps)
        self._scheduler.add(work.ticket, [(step.urgency, (work, step)) for step in steps])

    def _needed(self, drawer: View, plan: ZoomPlan) -> list[ZoomStep]:
        """The plan without what is needless because something better is at hand: no flash of a coarser picture before a finer one."""
        at_hand = self.pictures.at_hand(drawer.info, drawer.frame, plan.level)
        ready = at_hand is not None and at_hand.level == plan.level
        drawn = sum(s.stage == Stage.RECORDED and s.priority == Priority.VISIBLE for s in plan.steps)
        quick = self.costs.measured("recorded") and self.costs.estimate("recorded", drawn) <= _SKIP_COARSE_MS
        complete = ready and drawer.at_hand(plan.depth)
        restored = any(s.stage == Stage.RESTORED for s in plan.steps) and drawer.restored_at_hand()

        def needless(step: ZoomStep) -> bool:
            if step.priority != Priority.VISIBLE:  # who offers this frame will offer the next one too
                return step.priority == Priority.PREFETCH and self.pictures.fed and step.level == 0
            if step.near and at_hand is not None and at_hand.level <= plan.level:
                return True
            if restored and not plan.depth:
                return step.stage < Stage.RESTORED
            if complete:
                return step.stage <= Stage.RECORDED or (step.stage == Stage.SYNTHESISED and step.level != -plan.depth)
            return ready and quick and step.stage == Stage.COARSE

        return [step for step in plan.steps if not needless(step)]

    def _detail(self, work: _Work) -> Synthesiser | None:
        if self._model is None and not self._model_missing:
            try:
                self._reads.run("detail", self._load, lambda: self._check(work))
            except ModelError as error:
                self._model_missing = True
                work.notes.append(f"beyond the record this view is interpolated, nothing is synthesised: {error}")
        return self._model

    def _load(self) -> None:
        self._model = self._give_model()

    def _restorer(self, work: _Work, source: FrameSource) -> Restorer | None:
        kept = self._restorers.get(id(source))
        if kept is None or kept[0] is not source:
            restorer, why = self._give_restorer(source)
            if why:
                work.notes.append(f"this view is shown as decoded, nothing is restored: {why}")
            if len(self._restorers) > 4:
                self._restorers.clear()
            kept = self._restorers[id(source)] = source, restorer
        return kept[1]

    def _do(self, work: _Work, step: ZoomStep) -> None:
        drawer = work.drawer
        assert drawer is not None
        if step.priority == Priority.PREFETCH:
            self.pictures.get(drawer.source, step.frame, step.level, drawer.check)
            return
        if step.priority == Priority.NEIGHBOUR:
            if drawer.can_synthesise():
                drawer.warm(step.rect, step.level)
            return
        drawn = self._draw(drawer, step)
        if drawn is not None:
            self._send(work, TileReady(work.request.id, step.rect, drawn.rgb, drawn.provenance, step.stage, drawn.level,
                                       drawn.uncertainty))
            work.tiles += 1
            work.stages["near" if step.near else step.stage.name.lower()] = work.ms()
        work.visible_left -= 1
        if work.visible_left == 0:
            for note in (*work.notes, *self.pictures.take_notes(drawer.info)):
                self._send(work, ZoomFailed(work.request.id, note))
            self._send(work, ZoomDone(work.request.id, work.tiles, tuple(work.stages.items())))

    def _draw(self, drawer: View, step: ZoomStep) -> Drawn | None:
        """One visible tile; None where synthesis was planned and the frame turned out to have lost level 0."""
        if step.stage == Stage.SYNTHESISED:
            return drawer.made(step.rect, step.level) if drawer.can_synthesise() else None
        if step.stage == Stage.REFINED:
            return drawer.refined(step.rect, step.level, step.samples) if drawer.can_synthesise() else None
        if step.stage == Stage.RESTORED and drawer.picture(0).level:
            return None  # level 0 of this frame is lost
        if step.stage == Stage.RECORDED:
            drawer.picture(step.level)  # decoding is not part of what a tile costs
        if step.near:
            return drawer.near(step.level)
        start = time.perf_counter()
        drawn = (drawer.coarse(step.level) if step.stage == Stage.COARSE else drawer.restored(step.rect) if step.stage == Stage.RESTORED
                 else drawer.recorded(step.rect, step.level))
        self.costs.record(step.stage.name.lower(), (time.perf_counter() - start) * 1000.0)
        return drawn
