"""In what a slice is like its decoded neighbours, tile by tile: how much lighter it is, and what moved where. Encoder only."""
from __future__ import annotations

import numpy as np

from engine.lorentzian import light, overlap, patches, payload, search
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import CAMERA, Slice
from engine.lorentzian.slices import Field, Reference
from engine.lorentzian.workers import map_slices
from engine.lorentzian.worth import motion_price, search_scale

AGAIN = (0, 1, 2)   # how often a whole field is gone over again, by depth
REACH = (8, 8, 14)  # of the search for far motion, in pixels of quarter-size pictures, by depth
Tile = tuple[tuple[int, int, int, int], TileState]


def find(luma: np.ndarray, sides: tuple[Reference, Reference | None], far: bool, s: Slice, order: tuple[Slice, ...],
         fields: list[dict[int, Field]], tiles: list[Tile], quality: int, depth: int) -> Field:
    """Field of slice `s` with luma float32 `[H, W]` beside its neighbours (left, right or None); each tile's is put into `fields`.

    far: vectors are first looked for on small pictures; quality: whose steps the slice has; depth 0 to 2: how hard to look.
    """
    left, right = sides
    refs, two = (left, right or left), right is not None
    whole = Field.empty(*luma.shape)
    seeds = np.zeros((2, luma.shape[0] // 16, luma.shape[1] // 16, 2), np.int16)
    little, small = _quarter(luma), [_quarter(r.planes[0]) for r in refs]
    for (y, x, h, w), _ in tiles:
        here, blocks = np.s_[y // 4:(y + h) // 4, x // 4:(x + w) // 4], np.s_[y // 16:(y + h) // 16, x // 16:(x + w) // 16]
        for side in range(1 + two):
            whole.light[(*blocks, side)] = light.estimate(little[here], small[side][here])
    if far:
        for side in range(1 + (two and s.right != CAMERA)):  # its camera stands still
            by = light.factors(np.repeat(np.repeat(whole.light[:, :, side], 4, 0), 4, 1), False)
            search.coarse_field(little, small[side] * by[..., 0] + by[..., 1], REACH[depth], seeds[side])

    def one(n: int) -> None:
        (y, x, h, w), state = tiles[n]
        f = whole.crop(y // 16, x // 16, h // 16, w // 16)
        g = np.s_[y // 16:(y + h) // 16, x // 16:(x + w) // 16]
        cand, has, _ = payload.temporal(order, {**fields[n], s.time: f}, s, state)
        lr, rr = (_lit(r.ready()[0], f.light[0, 0, side]) for side, r in enumerate(refs))
        either = search.STILL if s.right == CAMERA else int(two)
        search.search(luma, lr, rr, either, seeds[0][g].copy(), seeds[1][g].copy(), cand, has, motion_price(quality, s.kind),
                      search_scale(quality, s.kind), depth, y, x, f.merge, f.split, f.mode, f.mv)
        for _ in range(AGAIN[depth]):
            overlap.again(luma, lr, rr, two, cand, has, search_scale(quality, s.kind), 2, y, x, f.merge, f.split, f.mode, f.mv)
        fields[n][s.time] = f
        whole.paste(f, y // 16, x // 16)

    map_slices(one, range(len(tiles)))
    return whole


def _lit(reference: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A prepared plane as bright as weights `[2]` make it."""
    if not weights.any():
        return reference
    by, more = light.factors(weights, False)
    lit: np.ndarray = reference * by + more
    return lit


def _quarter(p: np.ndarray) -> np.ndarray:
    out = np.empty((p.shape[0] // 4, p.shape[1] // 4), np.float32)
    patches.quarter(p, out)
    return out
