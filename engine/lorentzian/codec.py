"""Chunks of frames to coded payloads and back: the closed loop over the slices of a chunk, coarse to fine in time."""
from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from engine.lorentzian import bases, blocks, fitted, fitting, payload, turning
from engine.lorentzian.bare import Bare
from engine.lorentzian.chunk import CodedChunk, Symbols
from engine.lorentzian.folded import Folded, bare, ends_early
from engine.lorentzian.keyfold import Key
from engine.lorentzian.likeness import find
from engine.lorentzian.mctf import TemporalFilter
from engine.lorentzian.model import CodecModel
from engine.lorentzian.payload import TileState, tile_grid
from engine.lorentzian.planes import from_blocks, pad, to_blocks
from engine.lorentzian.rdoq import Optimiser
from engine.lorentzian.schedule import CAMERA, KINDS, PREVIOUS, TYPES, USUAL_GRAIN, Grain, Slice, slices, waves
from engine.lorentzian.slices import WHITE, Field, Reference, aligned, gain, steps
from engine.lorentzian.transform import IS_CHROMA, LEVEL_END, pad_size
from engine.lorentzian.workers import map_slices
from engine.lorentzian.worth import DEAD, USUAL, price, prices
from engine.wanted import still_wanted

Planes = list[np.ndarray]
Snapshot = tuple[Reference | None, list[payload.Previous], Grain]


@dataclass(frozen=True)
class CodecSettings:
    """quality 0..63; key_interval in frames; effort fast, normal or high; of `fresh_every` key intervals in a
    row at least one starts anew (1: all of them), the others may build on it where the scene has stood still."""

    quality: int = 32
    key_interval: int = 32
    effort: str = "normal"
    fresh_every: int = 8


class Loop:
    """What encoder and decoder share: geometry, conditions, and the last decoded slice."""

    def __init__(self, width: int, height: int, quality: int, model: CodecModel) -> None:
        self.width, self.height = width, height
        self.pw, self.ph = pad_size(width, height)
        self.quality, self.model = quality, model
        self.tiles = tile_grid(self.ph, self.pw)
        self.last: Reference | None = None
        self.camera: Callable[[int], Reference] | None = None  # its picture at a level, where the recording has one
        self.device = torch.device(model.device)
        self._gain = torch.tensor(gain(quality), device=self.device).view(1, 1, 1, 1)
        with torch.inference_mode():
            every = model.net.condition(torch.full((TYPES,), quality, device=self.device), torch.arange(TYPES, device=self.device))
        self._conditions = [every[:, :, k:k + 1] for k in range(TYPES)]
        self._quick: dict[tuple[int, int, Grain], Folded | Key | Bare] = {}

    def close(self) -> None:
        """Let go of the networks; there will be no more frames."""
        self._quick.clear()

    def steps(self, kind: int, grain: Grain) -> torch.Tensor:
        """Quantiser steps of a slice type `[1, 96, 1, 1]`."""
        return steps(grain.quality(self.quality, kind), kind, grain.chroma).to(self.device)

    def quick(self, kind: int, level: int, grain: Grain = USUAL_GRAIN) -> Folded | Key | Bare:
        """The networks for slices of a type at a level."""
        grain = grain.of(kind)
        if (kind, level, grain) not in self._quick:
            delta = self.steps(kind, grain)
            q = grain.quality(self.quality, kind) if kind == 0 or grain.fine else self.quality  # networks see how good neighbours are
            with torch.inference_mode():
                self._quick[kind, level, grain] = \
                    Key(self.model.net.key, q, kind, gain(q), delta, level) if kind in KINDS else \
                    Bare(delta, level, payload.FINE, WHITE) if bare(level, kind, grain.frames) else \
                    Folded(self.model.net, self._conditions[kind], gain(q), delta, LEVEL_END[level], not ends_early(level, kind))
        return self._quick[kind, level, grain]

    def rebuilt(self, kind: int, both: Planes, q: np.ndarray, level: int, grey: bool, grain: Grain, field: Field) -> Planes:
        """Planes at `level` of a slice from aligned neighbours, symbols and bases `[h, w, LEVEL_END[level] + 1]`, and motion."""
        net = self.quick(kind, level, grain)
        if isinstance(net, Bare):
            return drop_colour(net.planes(both, q), grey)
        symbols = np.empty((*q.shape[:2], q.shape[2] - 1), np.float32)
        turned = blocks.heard(q, payload.FINE, symbols)
        given = self._joined(self._blocks(both, level), kind), torch.from_numpy(symbols).to(self.device).permute(2, 0, 1)[None]
        kinds = torch.from_numpy(q[..., -1]).to(self.device) if turned else None
        rec = net.decode(*given, kinds) if isinstance(net, Key) else net.decode(*given, field.still())
        return self._planes(rec, level, grey)

    def shown(self, planes: Planes, kind: int, grain: Grain, filters: Sequence[np.ndarray]) -> Planes:
        """What is shown of a decoded slice at full size; filters: weights of each tile."""
        return fitted.shown(planes, self.tiles, [z[kind] for z in filters], self.model.tables.patterns(self.quality),
                            fitted.bound(self.quality, kind, grain))

    def sides(self, kind: int) -> int:
        """How many neighbours the networks of a slice type are shown: of key slices one, the left, or what `_joined` makes of two."""
        return 1 if kind in KINDS and self.camera is None else 2

    def _joined(self, both: torch.Tensor, kind: int) -> torch.Tensor:
        """Of a key slice that may look at the camera's picture too, both sides as one: its networks know one."""
        return both.mean(0, keepdim=True).expand(2, -1, -1, -1) if kind == 1 and self.camera is not None else both

    def _blocks(self, planes: Planes, level: int) -> torch.Tensor:
        y, u, v = (torch.from_numpy(p).to(self.device) for p in planes)
        return to_blocks(y, u, v, level)

    def _planes(self, rec: torch.Tensor, level: int, grey: bool) -> Planes:
        return drop_colour([p[0].cpu().numpy() for p in from_blocks(rec, level, 0, WHITE)], grey)


def neighbours(s: Slice, refs: dict[int, Reference]) -> tuple[Reference | None, Reference | None]:
    """What a slice looks at; `refs` by time, with PREVIOUS for the last slice of the chunk before."""
    return (None if s.left is None else refs.get(s.left)), (None if s.right is None else refs.get(s.right))


@dataclass(frozen=True, eq=False)
class Opened:
    """A chunk that is being coded; `refs` by time, with what the chunk looks at, `fields` and `writing` by tile."""

    frames: list[Planes]
    order: tuple[Slice, ...]
    refs: dict[int, Reference]
    fields: list[dict[int, Field]]
    writing: list[payload.Writing]
    grey: bool
    key: bool
    anchored: bool
    camera: bool


class ChunkEncoder(Loop):
    """Frames in, payloads out. `effort`: fast searches less, high searches more."""

    def __init__(self, width: int, height: int, settings: CodecSettings, model: CodecModel) -> None:
        super().__init__(width, height, settings.quality, model)
        self.states = [TileState.blank(h // 8, w // 8) for _, _, h, w in self.tiles]
        self._chroma = torch.from_numpy(IS_CHROMA).view(1, -1, 1, 1).to(self.device)
        self.depth = {"fast": 0, "normal": 1, "high": 2}[settings.effort]
        self.grain, self.tuning = USUAL_GRAIN, USUAL
        self.anchor: Snapshot | None = None  # as the last key chunk left things
        self.clean: TemporalFilter | None = None  # makes of a frame what its key slice is coded from
        self.sources: dict[int, Planes] = {}  # what the slices of the last chunk were coded from, by time
        self.fits = True  # filters for what is shown are looked for
        self.observer: Callable[[tuple[Slice, ...], TileState, dict[int, Field]], None] | None = None  # sees symbols before they are coded

    def snapshot(self) -> Snapshot:
        """What the next chunk depends on; see `restore`."""
        return self.last, [st.previous() for st in self.states], self.grain

    def restore(self, kept: Snapshot) -> None:
        """Go back to where `snapshot` was taken."""
        self.last, _, self.grain = kept
        for st, p in zip(self.states, kept[1], strict=True):
            st.go_back(p)

    def twin(self) -> ChunkEncoder:
        """Another encoder in the same state, to try something with on another thread."""
        other = copy.copy(self)
        other.states = [TileState.blank(h // 8, w // 8) for _, _, h, w in self.tiles]
        other.restore(self.snapshot())
        return other

    @torch.inference_mode()
    def _slice(self, s: Slice, chunk: Opened) -> tuple[np.ndarray, Planes]:
        """(symbols and bases `[H/8, W/8, 97]`, decoded planes) of one slice."""
        frame, fields, worth, kept = chunk.frames[s.time], chunk.fields, price(self.quality, s.kind, self.tuning), None
        if self.clean is not None and s.kind in KINDS:
            quality = self.grain.quality(self.quality, s.kind)
            kept = self.clean.kept(frame, s.kind, quality, self.grain.frames)
            frame = self.clean(frame, s.kind == 0, quality, self.grain.frames, self.tuning.clean)
        self.sources[s.time] = frame
        y, u, v = frame
        src = [pad(y, self.ph, self.pw), pad(u, self.ph // 2, self.pw // 2), pad(v, self.ph // 2, self.pw // 2)]
        left, right = neighbours(s, chunk.refs)
        whole = Field.empty(self.ph, self.pw)
        if left is not None:
            whole = find(src[0], (left, right), s.kind in (1, 2), s, chunk.order, fields, list(zip(self.tiles, self.states, strict=True)),
                         self.grain.quality(self.quality, s.kind), self.depth, self.tuning)
        else:
            for tile, (_, _, h, w) in enumerate(self.tiles):
                fields[tile][s.time] = Field.empty(h, w)
        both = self._joined(self._blocks(aligned(left, right, whole, self.ph, self.pw), 0), s.kind)
        target = self._blocks([p[None] for p in src], 0)
        if self.model.net.analyses:
            target = self.model.net.analyse(both[:1], both[1:], target, self._conditions[s.kind], self._gain)
        delta = self.steps(s.kind, self.grain)
        if chunk.grey:  # without colour no chroma symbol is ever coded, whatever the networks' means say
            delta = torch.where(self._chroma, 1e9, delta)
        base = None if left is None else both[:1]
        net, ways, kinds = self.quick(s.kind, 0, self.grain), None, None
        assert not isinstance(net, Bare)  # at full size all have networks
        if isinstance(net, Key):
            ways = turning.choose(net, target, base, both, delta, DEAD[s.kind], worth)
            kinds = None if ways is None else bases.of_way(ways)
        tiles, by_block = list(zip(self.tiles, chunk.writing, strict=True)), prices(worth, (self.ph // 8, self.pw // 8), kept, self.tuning)
        choose = Optimiser(s, target, delta, DEAD[s.kind], by_block, s.kind in KINDS, tiles, ways, base)
        sym, rec = net.rebuild(both, choose, kinds) if isinstance(net, Key) else net.rebuild(both, choose, whole.still())
        own = torch.zeros_like(sym[:, :1]) if ways is None else ways[None, None]
        return torch.cat([sym, own], 1)[0].permute(1, 2, 0).to(torch.int16).cpu().numpy(), self._planes(rec, 0, chunk.grey)

    def encode(self, frames: list[Planes], key: bool, anchored: bool = False,
               grain: Grain = USUAL_GRAIN, camera: bool = False) -> tuple[CodedChunk, list[Planes]]:
        """(coded chunk, what is shown: padded planes in time order) of 1..9 frames of (y, u, v) planes on the 0..255 scale; `grain` is
        that of a key chunk, or of one on the `camera`'s picture, and of all that builds on it."""
        chunk = self._open(frames, key, anchored, grain, camera)
        self._code(chunk, lambda s: True)
        return self._finish(chunk)

    def _open(self, frames: list[Planes], key: bool = False, anchored: bool = False, grain: Grain = USUAL_GRAIN,
              camera: bool = False) -> Opened:
        """A chunk of which nothing is coded yet; arguments as of `encode`."""
        if anchored:
            assert self.anchor is not None and not key
            self.restore(self.anchor)
        begins, seen = key or camera, None if self.camera is None else self.camera(0)
        assert seen is not None or not camera
        self.grain = replace(grain if begins else Grain(self.grain.chroma), frames=len(frames))
        if begins:
            self.last = seen if camera else None
            for st in self.states:
                st.reset()
        self.sources = {}
        order = slices(len(frames), key, seen is not None and not camera)
        refs: dict[int, Reference] = {} if self.last is None else {PREVIOUS: self.last}
        if seen is not None:
            refs[CAMERA] = seen
        fields: list[dict[int, Field]] = [{} for _ in self.tiles]
        writing = [payload.Writing(order, st, fs, self.quality, self.model.tables) for st, fs in zip(self.states, fields, strict=True)]
        grey = all(bool((p == 128).all()) for f in frames for p in f[1:])
        return Opened(frames, order, refs, fields, writing, grey, key, anchored, camera)

    def _code(self, chunk: Opened, of: Callable[[Slice], bool]) -> None:
        """Code the slices of a chunk that are `of` a kind, wave by wave."""
        for wave in waves(tuple(s for s in chunk.order if of(s))):
            for s, (q, planes) in zip(wave, map_slices(lambda s: self._slice(s, chunk), wave), strict=True):
                for st, (ty, tx, h, w) in zip(self.states, self.tiles, strict=True):
                    here = q[ty // 8:(ty + h) // 8, tx // 8:(tx + w) // 8]
                    payload.put_fine(st, s, here[..., :-1], here[..., -1])
                chunk.refs[s.time] = Reference(planes)
                for part in chunk.writing:
                    part.add(s)

    def _finish(self, chunk: Opened) -> tuple[CodedChunk, list[Planes]]:
        """All slices are coded: filters, bytes, and the state goes on to the next chunk."""
        frames, order, refs, fields = chunk.frames, chunk.order, chunk.refs, chunk.fields
        filters = [st.filters for st in self.states]
        if self.fits:
            limits = {s.kind: fitted.bound(self.quality, s.kind, self.grain) for s in order}
            filters = fitting.fit(order, frames, {t: r.planes for t, r in refs.items()}, self.tiles, filters,
                                  self.model.tables.patterns(self.quality), limits, self.quality, self.depth)
        out = []
        for st, fs, part, own in zip(self.states, fields, chunk.writing, filters, strict=True):
            if self.observer is not None:
                self.observer(order, st, fs)
            out.append(part.payloads(own))
        digest = payload.symbol_hash(self.states, fields, order)
        coded = CodedChunk(tuple(out), digest, len(frames), chunk.key, chunk.grey, chunk.anchored, self.grain, chunk.camera)  # type: ignore[arg-type]
        self.last = refs[len(frames) - 1]
        for st, fs in zip(self.states, fields, strict=True):
            st.advance(order, fs)
        if chunk.key:
            self.anchor = self.snapshot()
        in_time = sorted(order, key=lambda s: s.time)
        return coded, map_slices(lambda s: self.shown(refs[s.time].planes, s.kind, self.grain, filters), in_time)

    def begun(self, frames: list[Planes]) -> Opened:
        """A chunk that begins nothing, its key slice coded; see `pipeline`."""
        chunk = self._open(frames)
        self._code(chunk, lambda s: s.kind in KINDS)
        return chunk

    def following(self, chunk: Opened) -> Snapshot:
        """What the chunk after this one depends on, filters apart, as soon as its key slice is coded."""
        kept = [st.following(chunk.order, fs) for st, fs in zip(self.states, chunk.fields, strict=True)]
        return chunk.refs[len(chunk.frames) - 1], kept, self.grain

    def rest(self, chunk: Opened) -> tuple[CodedChunk, list[Planes]]:
        """What `encode` gives, of a chunk that is `begun`."""
        self._code(chunk, lambda s: s.kind not in KINDS)
        return self._finish(chunk)


def drop_colour(planes: Planes, grey: bool) -> Planes:
    """Chroma of a recording without colour is exactly 128: the networks' small corrections must not tint it."""
    if grey:
        for p in planes[1:]:
            p[:] = 128
    return planes


@dataclass(frozen=True, eq=False)
class Begun:
    """A chunk of which some slices are decoded; `refs` by time, with PREVIOUS for the last slice of the chunk before."""

    symbols: Symbols
    level: int
    refs: dict[int, Reference]
    pictures: dict[int, Planes] = field(default_factory=dict)  # what is shown of them, as far as it was asked for

    @property
    def missing(self) -> tuple[Slice, ...]:
        """Slices that are not decoded yet, in coding order."""
        return tuple(s for s in self.symbols.order if s.time not in self.refs)


class ChunkDecoder(Loop):
    """Symbols to pictures. Independent of `SymbolReader`, so that the two can run side by side."""

    _anchor: Reference | None = None

    def decode(self, symbols: Symbols, level: int = 0) -> dict[int, Planes]:
        """What is shown, padded planes by time, at `level` (0 full size, 1 half ...)."""
        return self.finish(self.begin(symbols, level))

    def begin(self, symbols: Symbols, level: int = 0) -> Begun:
        """Decode the key slices, which come first and are all that the next chunk looks at: it may begin while this one is finished
        on another thread."""
        begun = self.enter(symbols, level)
        self.settle(begun)
        return begun

    def enter(self, symbols: Symbols, level: int = 0) -> Begun:
        """A chunk of which nothing is decoded yet, for `one`. `settle` it before another one is entered."""
        seen = None if self.camera is None else self.camera(level)
        before = seen if symbols.camera else self._anchor if symbols.anchored else self.last
        refs = {} if symbols.key or before is None else {PREVIOUS: before}
        return Begun(symbols, level, refs if seen is None else {**refs, CAMERA: seen})

    def settle(self, begun: Begun) -> None:
        """Decode the key slices that are still missing; the next chunk looks at these."""
        for s in begun.symbols.order:
            if s.kind in KINDS and s.time not in begun.refs:
                begun.refs[s.time] = self._slice(s, begun)
        self.last = begun.refs[max(begun.refs)]
        if begun.symbols.key:
            self._anchor = self.last

    def one(self, begun: Begun, time: int) -> Planes:
        """What is shown of one slice, decoded with what it looks at and no more."""
        self._reach(begun, time)
        return self._picture(begun, time)

    def _reach(self, begun: Begun, time: int) -> None:
        if time not in begun.refs:
            s = next(s for s in begun.symbols.order if s.time == time)
            for t in (s.left, s.right):
                if t is not None and t >= 0:
                    self._reach(begun, t)
            still_wanted()
            begun.refs[time] = self._slice(s, begun)

    def _picture(self, begun: Begun, time: int) -> Planes:
        if time not in begun.pictures:
            planes, symbols = begun.refs[time].planes, begun.symbols
            kind = next(s.kind for s in symbols.order if s.time == time)
            begun.pictures[time] = self.shown(planes, kind, symbols.grain, symbols.filters) if symbols.filters else planes
        return begun.pictures[time]

    def trim(self, begun: Begun) -> None:
        """Of a chunk that is decoded and kept, let go of all that only decoding needed. `Symbols` of it are empty then."""
        if begun.missing:
            return
        begun.symbols.q.clear()
        begun.symbols.fields.clear()
        for s in begun.symbols.order:
            if s.kind not in KINDS and s.time in begun.pictures:  # nothing looks at it any more
                begun.refs[s.time].planes = begun.pictures[s.time]
        before, seen = begun.refs.pop(PREVIOUS, None), begun.refs.pop(CAMERA, None)
        self.rest(begun)
        if before is not None and all(before is not kept for kept in (seen, self.last, self._anchor)):
            before.forget()

    def rest(self, begun: Begun) -> None:
        """Let go of prepared references, several times as large as the pictures: another chunk is being looked at. They are made again
        when they are needed."""
        for r in begun.refs.values():
            if r is not self.last and r is not self._anchor and r is not begun.refs.get(CAMERA):
                r.forget()

    def finish(self, begun: Begun) -> dict[int, Planes]:
        """Decode the other slices; what is shown of all by time."""
        refs = begun.refs
        for wave in waves(begun.missing):
            still_wanted()
            for s, made in zip(wave, map_slices(lambda s: self._slice(s, begun), wave), strict=True):
                refs[s.time] = made
        times = [t for t in refs if t >= 0]
        return dict(zip(times, map_slices(lambda t: self._picture(begun, t), times), strict=True))

    @torch.inference_mode()
    def _slice(self, s: Slice, begun: Begun) -> Reference:
        left, right = neighbours(s, begun.refs)
        symbols = begun.symbols
        both = aligned(left, right, f := symbols.fields[s.time], self.ph, self.pw, begun.level, self.sides(s.kind))
        return Reference(self.rebuilt(s.kind, both, symbols.q[s.time], begun.level, symbols.grey, symbols.grain, f), begun.level)
