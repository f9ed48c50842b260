"""Choice of symbols by error plus bits (rate-distortion optimised quantisation): every coefficient is weighed at what the entropy coder
would pay for it now, under the contexts it will really have, with all that the tile's model has learnt so far in the chunk.

Only the encoder runs this. Blocks are gone through in coding order; a coefficient takes zero or one of the two sizes next to it, and a
group is dropped where nothing in it pays. What a choice does to later contexts is not looked at.
"""
from __future__ import annotations

import numpy as np
import torch
from numba import njit
from torch import Tensor

from engine.entropy.borrowed import borrowed
from engine.lorentzian import bases, payload
from engine.lorentzian import rangecoder as rc
from engine.lorentzian import tables as T
from engine.lorentzian.beside import GONE_ROW, SAME_ROW, code_difference, difference_bits, expected, gone_contexts, same_contexts
from engine.lorentzian.lowest import PLAIN, STAIRS, WAVES, analyse
from engine.lorentzian.rangecoder import FLAGS, mixed
from engine.lorentzian.schedule import Slice
from engine.lorentzian.slices import LARGEST, quantise
from engine.lorentzian.symbols import BASIS, LEVEL_GROUPS, code_flag, code_value, flag_contexts, local_sizes, set_of, value_contexts
from engine.lorentzian.transform import CHANNELS, GROUP_START, IS_CHROMA
from engine.lorentzian.workers import map_slices

BITS = -np.log2((np.arange(4096, dtype=np.float32) + 0.5) / 4096).astype(np.float32)  # of a chance of n / 4096
MODES = (STAIRS, WAVES)  # transforms that the lowest coefficients are tried in
CLEARLY = 0.93           # share of the cost without one that they must stay under: errors that hang together are mended less later on
LOW_PRICE = 0.15         # squared steps worth one bit of the lowest coefficients
LOW_DEAD = (0.0, 0.22, 0.3, 0.37, 0.37)  # added to the quantiser's zero zone there, by slice type
LEVEL_OF = {3: 2, 6: 1, 24: 0}  # by first channel
_COLOUR = IS_CHROMA[GROUP_START[:-1]]  # of groups
_ALONG, _QUARTER = bases.ALONG, np.ascontiguousarray(bases.QUARTER[bases.of_way(np.arange(bases.WAYS))])
ALIVE = np.float32(3.0)         # bits of the first coefficient of a block that could have been skipped


@njit(**FLAGS)
def _more_bits(n, tail, prob):
    """Bits of a size of two or more, beyond those of being larger than one."""
    r = np.float32(0)
    for t in range(2, min(n, 17)):
        r += BITS[prob[tail + (t - 2) * 4] >> 4]
    if n < 17:
        return r + BITS[4095 - (prob[tail + (n - 2) * 4] >> 4)]
    return r + np.float32(2 * np.log2(np.float32(n - 16)) + 1)


@njit(inline="always")
def _difference(y, want, must, same, gone, price):
    """(cost, symbol) for y steps where `want` is expected: that, nothing, or one of the two sizes next to it. same, gone: chances of the
    first two, of 4096; `must` says that it is not the first."""
    differs = np.float32(0) if must else BITS[4095 - same]
    best, pick = y * y + price * (differs + BITS[gone]), np.int64(0)
    if not must and (y - want) * (y - want) + price * BITS[same] < best:
        best, pick = (y - want) * (y - want) + price * BITS[same], want
    near = np.int64(np.floor(y + np.float32(0.5)))
    for n in (near, near + (1 if want > near else -1)):
        if n not in (want, 0):
            cost = (y - n) * (y - n) + price * (differs + BITS[4095 - gone] + difference_bits(abs(n - want)))
            if cost < best:
                best, pick = cost, n
    return best, pick


@njit(**FLAGS)
def choose_level(level, k, kind, a, b, v, only, q, energy, s, buf, prob, count, weight, rate, stretch, squash, prices):
    """Fill q and energy of slot k at `level` from v float32 `[h, w, channels of the level]`, coefficients in steps.

    prices: of a bit, in squared steps, float32 `[h, w]`; only: -1 all blocks, else the colour of the chessboard to choose for. (s, buf): a
    coder whose bytes nobody wants; prob, count and weight learn as the real ones will.
    """
    v, q, energy, s, buf, prob = borrowed(v), borrowed(q), borrowed(energy), borrowed(s), borrowed(buf), borrowed(prob)
    count, weight, rate, stretch, squash = borrowed(count), borrowed(weight), borrowed(rate), borrowed(stretch), borrowed(squash)
    h, w = v.shape[0], v.shape[1]
    g0, g1 = LEVEL_GROUPS[level, 0], LEVEL_GROUPS[level, 1]
    first = GROUP_START[g0]
    prices = borrowed(prices)
    idx, more, local = np.zeros(16, np.int64), np.zeros(4, np.int64), np.zeros(5, np.int64)
    for i in range(1, h + 1):
        for j in range(1, w + 1):
            way, other = np.int64(energy[k, i, j, BASIS]), only >= 0 and (i + j + only) % 2
            if other and (way == 0 or only):
                continue
            be, known, ahead, kept, gone = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
            ctx, goes_on, price = set_of(kind, way), way >= bases.GOES_ON, prices[i - 1, j - 1]
            for g in range(g0):
                be += energy[k, i, j, g]
                ahead += np.int64(energy[k, i, j + 1, g]) + energy[k, i + 1, j, g]
                known += 1 if energy[k, i, j, g] else 0
            if way:
                local_sizes(q, k, i, j, way, first, local)
            for g in range(g0, g1):
                if way and only >= 0 and (other if _COLOUR[g] else only):  # luma of blocks of their own first, whatever their colour
                    be += energy[k, i, j, g]
                    known += 1 if energy[k, i, j, g] else 0
                    continue
                c0, c1 = GROUP_START[g], GROUP_START[g + 1]
                most, none = np.float32(0), np.float32(0)
                for c in range(c0, c1):
                    q[k, i, j, c] = expected(q, energy, k, i, j, c, BASIS, way) if goes_on else 0
                    x = abs(v[i - 1, j - 1, c - first] - q[k, i, j, c])
                    none += x * x
                    most = max(most, x)
                energy[k, i, j, g] = 0
                nz, size, was = np.int64(0), np.int64(0), (kept, gone)
                if most >= np.float32(0.5):
                    flag_contexts(g, ctx, energy, k, a, b, i, j, be, known, ahead, idx)
                    p = mixed(prob, idx, 5, weight, ctx * T.ROWS + 40 + g, stretch, squash) >> 4
                    some = price * BITS[p]
                    none += price * BITS[4095 - p]
                    if ctx == kind > 0 and be == 0:
                        some += price * ALIVE
                    for c in range(c0, c1):
                        y = v[i - 1, j - 1, c - first]
                        x, must = abs(y), nz == 0 and c == c1 - 1
                        want = expected(q, energy, k, i, j, c, BASIS, way) if goes_on else np.int64(0)
                        if want:
                            around = np.int64(energy[k, i, j - 1, g]) + energy[k, i - 1, j, g]
                            same_contexts(ctx, way, _ALONG[way, c], kept, gone, abs(want), around, be + size, idx)
                            p = mixed(prob, idx, 3, weight, ctx * T.ROWS + SAME_ROW, stretch, squash) >> 4
                            gone_contexts(ctx, _ALONG[way, c], kept, gone, abs(want), idx)
                            p2 = mixed(prob, idx, 2, weight, ctx * T.ROWS + GONE_ROW, stretch, squash) >> 4
                            best, pick = _difference(y, want, must, p, p2, price)
                            some += best
                            q[k, i, j, c] = pick
                            local[_QUARTER[way, c]] += abs(pick)
                            kept += 1 if pick == want else 0
                            gone += 1 if pick == 0 else 0
                            nz += 1 if pick != want else 0
                            size += abs(pick - want)
                            continue
                        near = local[_QUARTER[way, c]] if way else np.int64(-1)
                        row, tail = value_contexts(c, g, ctx, q, energy, k, a, b, i, j, be + size, ahead, nz, size, near, idx, more)
                        p = np.int64(0) if must else mixed(prob, idx, 9, weight, row, stretch, squash) >> 4
                        best = x * x if must else x * x + price * BITS[4095 - p]
                        near, pick = np.int64(x + np.float32(0.5)), np.int64(0)
                        if near > 0:
                            p2 = mixed(prob, more, 3, weight, ctx * T.ROWS + 28 + g, stretch, squash) >> 4
                            for n in range(max(near - 1, 1), near + 1):
                                bits = np.float32(1) + (np.float32(0) if must else BITS[p])  # with its sign
                                bits += BITS[p2] + _more_bits(n, tail, prob) if n > 1 else BITS[4095 - p2]
                                cost = (x - n) * (x - n) + price * bits
                                if cost < best:
                                    best, pick = cost, n
                        some += best
                        q[k, i, j, c] = 0
                        if pick:
                            q[k, i, j, c] = pick if y > 0 else -pick
                            nz += 1
                            size += pick
                            if way:
                                local[_QUARTER[way, c]] += pick
                    if none <= some or nz == 0:
                        nz, size = np.int64(0), np.int64(0)
                        for c in range(c0, c1):
                            q[k, i, j, c] = expected(q, energy, k, i, j, c, BASIS, way) if goes_on else 0
                if way:
                    local_sizes(q, k, i, j, way, c0, local)
                if nz or kind == 0 or ctx != kind or be > 0:  # else the block may turn out to be skipped
                    _learn(s, buf, g, ctx, way, was[0], was[1], q, energy, k, a, b, i, j, be, known, ahead, nz > 0, local, prob, count,
                           rate, idx, more, weight, stretch, squash)
                if way:
                    local_sizes(q, k, i, j, way, c1, local)
                if nz == 0:
                    kept, gone = was
                energy[k, i, j, g] = min(size, 255)
                be += min(size, 255)
                known += 1 if nz else 0


@njit(**FLAGS)
def _learn(s, buf, g, kind, way, kept, gone, q, energy, k, a, b, i, j, be, known, ahead, some, local, prob, count, rate, idx, more,
           weight, stretch, squash):
    """Code a group that is chosen, for what the model learns from it."""
    code_flag(s, buf, 1 if some else 0, g, kind, energy, k, a, b, i, j, be, known, ahead, prob, count, rate, idx, weight, stretch, squash)
    if not some:
        return
    c1 = GROUP_START[g + 1]
    nz, size = np.int64(0), np.int64(0)
    for c in range(GROUP_START[g], c1):
        must = nz == 0 and c == c1 - 1
        want = expected(q, energy, k, i, j, c, BASIS, way) if way >= bases.GOES_ON else np.int64(0)
        if want:
            around = np.int64(energy[k, i, j - 1, g]) + energy[k, i - 1, j, g]
            v = code_difference(s, buf, np.int64(q[k, i, j, c]), want, kind, way, _ALONG[way, c], kept, gone, around, be + size, must,
                                prob, count, rate, idx, weight, stretch, squash)
            kept += 1 if v == want else 0
            gone += 1 if v == 0 else 0
        else:
            near = local[_QUARTER[way, c]] if way else np.int64(-1)
            v = code_value(s, buf, q[k, i, j, c], c, g, kind, q, energy, k, a, b, i, j, be + size, ahead, nz, size, near, must, prob, count,
                           rate, idx, more, weight, stretch, squash)
        if way:
            local[_QUARTER[way, c]] += abs(np.int64(q[k, i, j, c]))
        n = abs(np.int64(v) - want)
        nz += 1 if n else 0
        size += n


class Optimiser:
    """Chooses the symbols of slice `s`; called by `Folded.rebuild` and `Key.rebuild` as a level's means become known.

    target `[1, 96, h, w]` coefficients; delta `[1, 96, 1, 1]` steps; dead: widened zero of the lowest coefficients, which are not weighed
    one by one; price float32 `[h, w]`: squared steps worth one bit, block by block; halves: a level's means come twice, for one colour of
    the chessboard at a time; writing: the tiles `(y, x, h, w)` in pixels with what is being written of each; ways `[h, w]`: bases of the
    blocks and what they go on from, None if all have the usual one; base: prediction before any symbol, None for none.
    """

    def __init__(self, s: Slice, target: Tensor, delta: Tensor, dead: float, price: np.ndarray, halves: bool,
                 writing: list[tuple[tuple[int, int, int, int], payload.Writing]], ways: Tensor | None = None,
                 base: Tensor | None = None) -> None:
        self.ways, self._alone = ways, None
        if ways is not None:
            base = torch.zeros_like(target) if base is None else base
            target = bases.Turned(bases.of_way(ways), base).target(target)
            luma = torch.zeros(CHANNELS, dtype=torch.bool)
            luma[bases.LUMA] = True
            self._alone = luma.view(1, -1, 1, 1) & (ways > 0).cpu()  # no network says anything of these
        self.s, self.target, self.delta, self.dead, self.price, self.halves, self.writing = s, target, delta, dead, price, halves, writing
        self._asked = 0
        self._models: dict[tuple[int, int], payload.Model] = {}

    def __call__(self, mean: Tensor, first: int, end: int) -> Tensor:
        """Symbols `[1, end - first, h, w]` of these channels."""
        if self._alone is not None:
            mean = torch.where(self._alone[:, first:end].to(mean.device), 0, mean)
        v = (self.target[:, first:end] - mean) / self.delta[:, first:end]
        if first == 0:
            return torch.from_numpy(self._lowest(v[0].permute(1, 2, 0).float().cpu().numpy())).permute(2, 0, 1)[None].to(v.device)
        colours = (-1,) if not self.halves else (1,) if self._asked == first else (0, 1)
        self._asked = first
        sizes = v[0].clamp(-LARGEST, LARGEST).permute(1, 2, 0).float().cpu().numpy()
        out = np.empty(sizes.shape, np.int16)

        def tile(n: int) -> None:
            (y, x, h, w), part = self.writing[n]
            here = np.s_[y // 8:(y + h) // 8, x // 8:(x + w) // 8]
            out[here] = self._tile(n, part, first, end, np.ascontiguousarray(sizes[here]), colours)

        map_slices(tile, range(len(self.writing)))
        return torch.from_numpy(out).permute(2, 0, 1)[None].to(v.device, torch.float32)

    def _tile(self, n: int, part: payload.Writing, first: int, end: int, v: np.ndarray, colours: tuple[int, ...]) -> np.ndarray:
        level, st, t = LEVEL_OF[first], part.state, part.tables
        if (n, level) not in self._models:
            prob, count, weight = part.models[level]
            self._models[n, level] = prob.copy(), count.copy(), weight.copy()
        prob, count, weight = self._models[n, level]
        (y, x, h, w), _ = self.writing[n]
        prices, (coder, buf) = np.ascontiguousarray(self.price[y // 8:(y + h) // 8, x // 8:(x + w) // 8]), rc.writer(0)
        for colour in colours:
            choose_level(level, self.s.time, self.s.kind, payload.slot(self.s.left), payload.slot(self.s.right), v, colour, st.q, st.energy,
                         coder, buf, prob, count, weight, T.RATE, t.stretch, t.squash, prices)
        return st.q[self.s.time, 1:-1, 1:-1, first:end]

    def _lowest(self, v: np.ndarray) -> np.ndarray:
        """Symbols of the lowest coefficients v `[h, w, 3]` as float32 values; each tile takes the way of coding them that costs least."""
        v = np.clip(v, -LARGEST, LARGEST)
        fine = np.zeros((*v.shape[:2], 96), np.int16)
        ways = np.zeros(v.shape[:2], np.uint8) if self.ways is None else self.ways.cpu().numpy()
        out = np.empty(v.shape, np.float32)

        def tile(where: tuple[tuple[int, int, int, int], payload.Writing]) -> None:
            (y, x, h, w), part = where
            here = np.s_[y // 8:(y + h) // 8, x // 8:(x + w) // 8]
            payload.put_fine(part.state, self.s, fine[here], ways[here])
            out[here] = self._cheapest(v[here], part)

        map_slices(tile, self.writing)
        return out

    def _cheapest(self, v: np.ndarray, part: payload.Writing) -> np.ndarray:
        """The lowest symbols of a tile, stored in it; float32 `[h, w, 3]` of what they stand for."""
        st, s = part.state, self.s
        q = rounded(v, self.dead)
        payload.put_plain(st, s, q)
        mode, made = PLAIN, q.astype(np.float32)
        best = self._cost(q, v, part) * CLEARLY if s.kind and MODES else 0.0
        for other in MODES if s.kind else ():
            turned = rounded(analyse(other, v), LOW_DEAD[s.kind])
            value = payload.put_transformed(st, s, other, turned).astype(np.float32) / np.float32(payload.FINE)
            cost = self._cost(value, v, part)
            if cost < best:
                best, mode, made, kept = cost, other, value, turned
        if mode == PLAIN:
            payload.put_plain(st, s, q)
            payload.sum_lowest(st, s)
        else:
            payload.put_transformed(st, s, mode, kept)
        return made

    def _cost(self, value: np.ndarray, v: np.ndarray, part: payload.Writing) -> float:
        return float(((value - v) ** 2).sum()) + LOW_PRICE * part.cost_of_lowest(self.s)


def rounded(v: np.ndarray, dead: float) -> np.ndarray:
    """Integers with a widened zero, int16."""
    made: np.ndarray = quantise(torch.from_numpy(np.ascontiguousarray(v)), dead).clamp(-LARGEST, LARGEST).to(torch.int16).numpy()
    return made
