"""In what a slice is like its decoded neighbours, tile by tile: how much lighter it is, and what moved where. Encoder only."""
from __future__ import annotations

import numpy as np

from engine.lorentzian import areas, light, overlap, patches, payload, rough, search
from engine.lorentzian.payload import TileState
from engine.lorentzian.schedule import CAMERA, KINDS, Slice
from engine.lorentzian.slices import Field, Reference
from engine.lorentzian.workers import map_slices
from engine.lorentzian.worth import USUAL, Tuning, motion_price, search_scale

AGAIN = (0, 1, 2)  # how often a whole field is gone over again, by depth
REACH = (4, 8)     # of the first look, in pixels of quarter-size pictures: at slices near their neighbours, and far from them
WIDE = (9, 33)     # of the look beyond it, in pixels of pictures half as large
STRAIGHT = 0.97    # blocks that lie beside each other must cost less than this share of what overlapping ones do
SURELY = 0.95      # of that share: under it overlapping blocks are not looked at again before it is decided
NEAR = 2           # frames to its neighbour at which a key slice may still have them
Tile = tuple[tuple[int, int, int, int], TileState]


def find(luma: np.ndarray, sides: tuple[Reference, Reference | None], far: bool, s: Slice, order: tuple[Slice, ...],
         fields: list[dict[int, Field]], tiles: list[Tile], quality: int, depth: int, tuning: Tuning = USUAL) -> Field:
    """Field of slice `s` with luma float32 `[H, W]` beside its neighbours (left, right or None); each tile's is put into `fields`.

    far: its neighbours are, so that much may have moved a long way; quality: whose steps the slice has; depth 0 to 2: how hard to look.
    """
    left, right = sides
    refs, two = (left, right or left), right is not None
    whole = Field.empty(*luma.shape)
    little, small = _quarter(luma), [_quarter(r.planes[0]) for r in refs]
    parts = [np.s_[y // 16:(y + h) // 16, x // 16:(x + w) // 16] for (y, x, h, w), _ in tiles]
    seeds = np.zeros((2, 2, *whole.split.shape, 2), np.int16)
    for side in range(1 + two):
        reach = 0 if side and s.right == CAMERA else REACH[far]  # its camera stands still
        whole.light[:, :, side], seeds[side, 0] = first_look(little, small[side], parts, reach)
        seeds[side, 1] = seeds[side, 0]
        if reach and (far or depth == 0):  # else the search itself goes as far
            seeds[side, 1] = _beyond(little, small[side], reach, WIDE[far], whole.light[:, :, side], seeds[side, 0])

    def one(n: int) -> None:
        (y, x, h, w), state = tiles[n]
        f = whole.crop(y // 16, x // 16, h // 16, w // 16)
        g = np.s_[y // 16:(y + h) // 16, x // 16:(x + w) // 16]
        cand, has, _ = payload.temporal(order, {**fields[n], s.time: f}, s, state)
        as_is, lit = (refs[0].ready()[0], refs[1].ready()[0]), None
        either = search.STILL if s.right == CAMERA else int(two)
        begin = seeds[:, :, g[0], g[1]].copy()
        price, scale = motion_price(quality, s.kind, tuning), search_scale(quality, s.kind)
        how = either, begin[0], begin[1], cand, has, price, scale, depth, y, x, f.merge, f.split, f.mode, f.mv
        if not f.light.any():
            search.search(luma, *as_is, *how)
        else:
            plain, bright = np.zeros(f.split.shape, np.uint8), [_lit(r, f.light[0, 0, side]) for side, r in enumerate(as_is)]
            search.search_lit(luma, *as_is, *bright, *how, plain)
            f.light[plain > 0] = 0
            lit = overlap.Lit(bright[0], bright[1], f.light)
        areas.broaden(luma, *as_is, two, cand, has, scale, y, x, f.merge, f.split, f.mode, f.mv, lit)
        f = _laid_out(f, straighter(s), AGAIN[depth], luma, as_is, lit, (two, cand, has), scale, y, x)
        fields[n][s.time] = f
        whole.paste(f, y // 16, x // 16)

    map_slices(one, range(len(tiles)))
    return whole


def _laid_out(f: Field, share: float, passes: int, luma: np.ndarray, sides: tuple[np.ndarray, ...], lit: overlap.Lit | None,
              others: tuple[bool, np.ndarray, bool], scale: np.float32, y: int, x: int) -> Field:
    """The field of a tile at (y, x) after a second look, with blocks that overlap, or that lie beside each other where these cost less than
    `share` of it. others: what candidates are made from, as of `search.search`."""
    def cost(g: Field, straight: bool) -> float:
        rest = overlap.left_over(luma, sides[0], sides[1], y, x, g.mode, g.mv, straight, lit)
        return float(overlap.price(rest, scale, *others, g.split, g.mode, g.mv))

    def again(g: Field, straight: bool) -> None:
        for _ in range(passes):
            overlap.again(luma, sides[0], sides[1], *others, scale, 2, y, x, g.merge, g.split, g.mode, g.mv, straight, lit)

    soft, beside = f.crop(0, 0, *f.split.shape), cost(f, True)
    straight = beside < SURELY * share * cost(soft, False)
    if not straight:
        again(soft, False)
        straight = beside < share * cost(soft, False)
    if not straight:
        return soft
    again(f, True)
    f.straight[:] = 1
    return f


def straighter(s: Slice) -> float:
    """Share of the cost of overlapping blocks that those beside each other must stay under. Key slices far from their neighbour always
    overlap: nobody recorded them from there, and what they seemed to save cost a tenth more bits (a robot's arm)."""
    near = s.left is not None and s.left != CAMERA and s.time - s.left <= NEAR
    return STRAIGHT if near or s.kind not in KINDS else 0.0


def first_look(little: np.ndarray, small: np.ndarray, parts: list[tuple[slice, slice]], reach: int) -> tuple[np.ndarray, np.ndarray]:
    """(brightness int16 `[h16, w16, 2]` beside a neighbour, one for each part; rough vectors int16 `[h16, w16, 2]`), from quarter-size
    pictures.

    What has moved is no darker for it: a line drawn through pictures that do not lie on each other is always too flat. So they are laid on
    each other first, and weights are kept only where the picture is found again clearly better with them than without.
    """
    moved, vectors = _laid(little, small, reach)
    pictures = [tuple(slice(4 * s.start, 4 * s.stop) for s in part) for part in parts]
    least = [light.CLEAR * light.error(little[here], moved[here]) for here in pictures]
    weights, tried = np.zeros_like(vectors), np.zeros_like(vectors)
    for ref in (moved, small):  # a strong fade is found in pictures as they are
        options = np.zeros_like(vectors)
        for part, here in zip(parts, pictures, strict=True):
            options[part] = light.estimate(little[here], ref[here])
        if np.array_equal(options, tried):
            continue
        tried = options
        lit, others = _laid(little, _as_light(small, options), reach)
        for n, (part, here) in enumerate(zip(parts, pictures, strict=True)):
            if (left := light.error(little[here], lit[here])) < least[n]:
                least[n], weights[part], vectors[part] = left, options[part], others[part]
    return weights, vectors


def _beyond(little: np.ndarray, small: np.ndarray, reach: int, wider: int, weights: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Rough vectors as of `first_look`, of what lies further away than `reach` and is more alike there than where `near` takes it."""
    lit, out = _as_light(small, weights), np.empty_like(near)
    less, half = (_halved(p) for p in (little, lit))
    wide = np.zeros((-(-less.shape[0] // 4), -(-less.shape[1] // 4), 2), np.int16)
    rough.coarse_field(less, half, wider, wide)
    rough.far_field(little, lit, 2 * wide, reach, near, out)
    return out


def _as_light(small: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A quarter-size picture as bright as weights `[h16, w16, 2]` make it."""
    by = light.factors(np.repeat(np.repeat(weights, 4, 0), 4, 1), False)
    lit: np.ndarray = small * by[..., 0] + by[..., 1]
    return lit


def _laid(little: np.ndarray, small: np.ndarray, reach: int) -> tuple[np.ndarray, np.ndarray]:
    """(`small` laid on `little` block by block, the vectors int16 `[h16, w16, 2]` of that)."""
    vectors = np.zeros((little.shape[0] // 4, little.shape[1] // 4, 2), np.int16)
    rough.coarse_field(little, small, reach, vectors)
    moved = np.empty_like(little)
    patches.shifted(small, vectors, moved)
    return moved, vectors


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


def _halved(p: np.ndarray) -> np.ndarray:
    made: np.ndarray = p.reshape(p.shape[0] // 2, 2, p.shape[1] // 2, 2).mean((1, 3), dtype=np.float32)
    return made
