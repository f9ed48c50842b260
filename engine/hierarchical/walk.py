"""The compiled walk: predicts every sample of a level from what is known, and codes what the prediction misses.

Predictions, all in whole numbers: the middle of the nearest two, the nearest one, least squares over the neighbours and the parent
channels with a short and a long memory, and the network's where there is one. They are blended by how well each did lately; the
blend's remainder is coded under mixed contexts. Writing and reading are one function.
"""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.borrowed import borrowed
from engine.entropy.coder import FLAGS, code_mixed, code_one, code_plain
from engine.hierarchical.least import TOGETHER, add, bits, gather, keep, solve

PARENTS = 3
MANY = 48              # more channels than this are bands: they share contexts and the short memory
INPUTS = 16            # features of the least squares: nine neighbours and two per parent, of which the last is never there
PREDICTORS = 5
CONTEXTS = 8           # of the size of a remainder
DIRECT = 8192          # slots of each directly indexed context
HIDDEN, SEEN, BESIDE = 16, 15, 9   # of the network: units, inputs, how many inputs are neighbours
LOW = 4096             # contexts of the low bits of remainders
HASHED = 1 << 16       # slots of each hashed one
PLAIN = 5              # how many of the contexts are directly indexed; the table behind them is of signs
SIGNS = 1 + CONTEXTS - PLAIN   # contexts of a sign: its own, and the hashed ones
FIXED = DIRECT * (PLAIN + 1)   # slots that models start with
TABLE = FIXED + HASHED * (CONTEXTS - PLAIN)
ROWS = 64
CLIP = 1 << 17
LONGEST = 40           # unary part of a remainder
SETTLED, OFTEN, SELDOM = 128, 64, 256    # the least squares are solved at every chance until so many samples; then every so many
_HALVES = np.array([v if v < 4 else min(2 * v.bit_length() + (v >> (v.bit_length() - 2) & 1) - 2, 15) for v in range(256)], np.uint8)
# weight of a predictor that was lately off by so much: 1 / e^4
_TRUST = np.array([(1 << 44) // (e ** 4 // 1024 + 1) for e in range(1024)], np.int64)


_SHARE = np.array([0] + [(1 << 26) // n for n in range(1, 1 << 11)], np.int64)


@njit(inline="always")
def _trust(e):
    """How much a predictor counts, at least 1, that was lately off by e / 16."""
    e >>= 4
    over = max(bits(e) - 10, 0)
    return (_TRUST[e >> over] >> min(4 * over, 62)) + 1


@njit(**FLAGS)
def _half(v):
    """Class of a magnitude in half octaves, at most 15; a hostile file can make sums wrap, but a class never leaves its range."""
    return np.int64(_HALVES[min(max(v, 0), 255)])


@njit(**FLAGS)
def _hash(a, b, c, d, e):
    h = (a * 0x2F0B4C47 + b * 0x1C3A5F29 + c * 0x6B43A9B5 + d * 0x51ED270B + e * 0x27D4EB2F) & 0x7FFFFFFFFFFF
    h ^= h >> 15
    h = (h * 0x2C1B3C6D) & 0x7FFFFFFFFFFF
    return (h >> 20) & 0xFFFF


@njit(**FLAGS)
def _near(v, most):
    return min(max(v, -most), most)


@njit(inline="always")
def _network(u, z, h, w, b, v, net):
    """Correction in 2^-16 of a unit: one hidden layer over the features u[1..], scaled to the size of what lies around.

    w int16 `[nets, SEEN, HIDDEN]`, b int32 `[nets, HIDDEN + 1]`, v int16 `[nets, HIDDEN]`; z int16, h int32: scratch for inputs and
    hidden units. Sums of products of 16-bit weights and inputs of at most 2^12 (2^10 beside) fit into 32 bits."""
    size = np.int64(0)
    for i in range(1, BESIDE + 1):
        size += abs(u[i])
    octave = bits(size)
    for i in range(BESIDE):
        z[i] = (u[i + 1] << 10) >> octave
    for i in range(BESIDE, SEEN):
        z[i] = _near((u[i + 1] << 10) >> octave, 4096)
    # the inner loop is unrolled, the outer one runs on the processor's vectors, which take products of 16 bits best
    for j in range(w.shape[2]):
        total = b[net, j]
        for i in range(SEEN):
            total = np.int32(total + np.int32(w[net, i, j]) * np.int32(z[i]))
        h[j] = np.int32(max(total, np.int32(0)) >> 10)
    out = np.int64(b[net, HIDDEN])
    for j in range(w.shape[2]):
        out += np.int64(v[net, j]) * np.int64(h[j])
    return _near(out >> 10, 4096) << (octave + 6) if size > 0 else np.int64(0)


@njit(**FLAGS)
def walk(s, buf, q, skip, mag, rows, near, parents, shift, ls_a, ls_b, ls_w, ls_n, err, hist, prob, count, weight, low_prob, low_count,
         rate, stretch, squash, net_w, net_b, net_v, steps):
    """Codes the samples of `rows` (see lattice.as_arrays) in q `[C, Y, X]` int64.

    skip `[C, Y, X]` uint8: 1 = not coded, filled with the prediction; 2 = known beforehand, left as it is. mag
    int32 like q: size of remainders. parents `[C, PARENTS]`:
    earlier channels or -1. shift `[C]`: features are divided by 2^shift. net_w `[nets, SEEN, HIDDEN]`, net_b `[nets, HIDDEN + 1]`,
    net_v `[nets, HIDDEN]`: the network of each level in 2^-10, rows[:, 7] says which (-1: none). steps `[C]`: remainders are coded in
    these (odd) steps, and q becomes what a reader will have.
    """
    s, buf, q, skip, mag, rows = borrowed(s), borrowed(buf), borrowed(q), borrowed(skip), borrowed(mag), borrowed(rows)
    near, parents, shift, steps, ls_a = borrowed(near), borrowed(parents), borrowed(shift), borrowed(steps), borrowed(ls_a)
    ls_b, ls_w, ls_n, err, hist, prob = borrowed(ls_b), borrowed(ls_w), borrowed(ls_n), borrowed(err), borrowed(hist), borrowed(prob)
    count, weight, low_prob, low_count, rate = borrowed(count), borrowed(weight), borrowed(low_prob), borrowed(low_count), borrowed(rate)
    stretch, squash, net_w, net_b, net_v = borrowed(stretch), borrowed(squash), borrowed(net_w), borrowed(net_b), borrowed(net_v)
    channels, height, width = q.shape
    plane = height * width
    qf, magf = borrowed(q.reshape(-1)), borrowed(mag.reshape(-1))
    jump = np.zeros(near.shape[1], np.int64)
    u = np.zeros(INPUTS, np.int64)
    at, idx = np.zeros(CONTEXTS, np.int64), np.zeros(CONTEXTS, np.int64)
    low = np.zeros((INPUTS, INPUTS), np.int64)
    dia = np.zeros(INPUTS, np.int64)
    pred = np.zeros(PREDICTORS, np.int64)
    masked = skip.size > 0
    many = channels > MANY
    z, hidden = np.zeros(SEEN, np.int16), np.zeros(HIDDEN, np.int32)
    sums = np.zeros((INPUTS, INPUTS), np.int64)
    # features and misses that the sums of the least squares have not yet: of each channel, and of all together
    waiting, filled = np.zeros((channels + 1, INPUTS, TOGETHER), np.int32), np.zeros(channels + 1, np.int64)
    for r in range(rows.shape[0]):
        level_net = rows[r, 7]
        networked = level_net >= 0
        kind, octave, y0, dy, x0, dx, n = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3], rows[r, 4], rows[r, 5], rows[r, 6]
        for m in range(2):
            # another distance, other weights: what the last step taught counts for little, but gives the start
            for c in range(channels):
                for i in range(INPUTS):
                    ls_b[m, c, i] >>= 3
                    for j in range(i + 1):
                        ls_a[m, c, i, j] >>= 3
        up, down, left, right = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for i in range(n):
            jump[i] = near[r, i, 0] * width + near[r, i, 1]
            up, down = min(up, near[r, i, 0]), max(down, near[r, i, 0])
            left, right = min(left, near[r, i, 1]), max(right, near[r, i, 1])
        u[:] = 0
        for y in range(y0, height, dy):
            within = y + up >= 0 and y + down < height
            for x in range(x0, width, dx):
                inner = within and x + left >= 0 and x + right < width
                for c in range(channels):
                    if masked and skip[c, y, x] == 2:
                        continue
                    sh = shift[c]
                    st = steps[c]
                    sd = bits(st) - 1
                    # ---- what is known around
                    place = y * width + x
                    own = c * plane + place
                    if inner:
                        found, both = True, True
                        a_at, b_at = own + jump[0], own + jump[1]
                        ref = qf[a_at]
                        for i in range(1, n):
                            u[i] = _near((qf[own + jump[i]] - ref) >> sh, CLIP)
                        m1 = np.int64(magf[own + jump[2]])
                    else:
                        ya, xa = y + near[r, 0, 0], x + near[r, 0, 1]
                        yb, xb = y + near[r, 1, 0], x + near[r, 1, 1]
                        first, second = ya >= 0 and xa >= 0, 0 <= yb < height and 0 <= xb < width
                        found, both = first or second, first and second
                        b_at = own + jump[1]
                        a_at = own + jump[0] if first else b_at
                        ref = qf[a_at] if found else np.int64(0)
                        for i in range(1, n):
                            yy, xx = y + near[r, i, 0], x + near[r, i, 1]
                            u[i] = 0
                            if yy >= 0 and xx >= 0 and yy < height and xx < width:
                                u[i] = _near((qf[own + jump[i]] - ref) >> sh, CLIP)
                        yy, xx = y + near[r, 2, 0], x + near[r, 2, 1]
                        m1 = np.int64(0)
                        if yy >= 0 and xx >= 0 and yy < height and xx < width:
                            m1 = np.int64(magf[own + jump[2]])
                    m0 = np.int64(magf[a_at]) if found else np.int64(0)
                    width_ls = BESIDE
                    p0 = np.int64(0)
                    p1 = np.int64(0)
                    pm0 = np.int64(-1)
                    pm1 = np.int64(0)
                    for k in range(PARENTS):
                        pc = parents[c, k]
                        f = np.int64(0)
                        g = np.int64(0)
                        if pc >= 0:
                            over_c = pc * plane
                            if found:
                                base = qf[over_c - c * plane + a_at]
                                f = _near((qf[over_c + place] - base) >> shift[pc], CLIP)
                                if both:
                                    g = _near((qf[over_c - c * plane + b_at] - base) >> shift[pc], CLIP)
                            if k == 0:
                                p0, p1, pm0 = f, g, np.int64(magf[over_c + place])
                            elif k == 1:
                                pm1 = np.int64(magf[over_c + place])
                            u[width_ls + 1] = f
                            u[width_ls + 2] = g
                            width_ls += 2
                    # features are u[1 .. width_ls]
                    half = (u[1] << 15) if (both and kind > 0) else np.int64(0)
                    # ---- predictions, in 2^-16 of a (shifted) unit from ref
                    pred[0] = half
                    pred[1] = 0 if both else u[1] << 16
                    for i in range(width_ls + 1, INPUTS):
                        u[i] = 0
                    top, bottom = np.int64(0), np.int64(0)
                    v0, v1 = half, half
                    lc = 0 if many else c
                    for i in range(INPUTS - 1):
                        f = u[i + 1]
                        v0 += ls_w[0, lc, i] * f
                        v1 += ls_w[1, c, i] * f
                        top = max(top, f)
                        bottom = min(bottom, f)
                    reach = (top - bottom + 2) << 16
                    pred[2] = min(max(v0, (bottom << 16) - reach), (top << 16) + reach)
                    pred[3] = min(max(v1, (bottom << 16) - reach), (top << 16) + reach)
                    pred[4] = half
                    if networked:
                        pred[4] += _network(u, z, hidden, net_w, net_b, net_v, level_net)
                    g0, g1, g2, g3 = _trust(err[c, 0]), _trust(err[c, 1]), _trust(err[c, 2]), _trust(err[c, 3])
                    g4 = _trust(err[c, 4]) if networked else np.int64(0)
                    over = max(bits(g0 + g1 + g2 + g3 + g4) - 11, 0)
                    g0, g1, g2, g3, g4 = g0 >> over, g1 >> over, g2 >> over, g3 >> over, g4 >> over
                    mixed = (pred[0] >> 6) * g0 + (pred[1] >> 6) * g1 + (pred[2] >> 6) * g2 + (pred[3] >> 6) * g3 + (pred[4] >> 6) * g4
                    mixed = ((mixed * _SHARE[g0 + g1 + g2 + g3 + g4]) >> 26) << 6
                    whole = (mixed + 32768) >> 16
                    part = ((mixed + 32768) >> 12) & 15
                    guess = ref + (whole << sh)
                    if masked and skip[c, y, x]:
                        q[c, y, x] = guess
                        mag[c, y, x] = 0
                        continue
                    # ---- scale of the remainder
                    fast, slow = hist[c, 0], hist[c, 1]
                    scale = (2 * fast + ((m0 + m1) << 4) + slow) >> 2
                    k = bits(scale >> 4) - 2
                    if k < 0:
                        k = 0
                    kf = 1 if k > 0 else 0
                    dn = k
                    dv = k + sd
                    la, lf, ls_ = _half(scale >> (2 + dn)), _half(fast >> (2 + dn)), _half(slow >> (2 + dn))
                    spread = abs(u[1]) + abs(u[2])
                    lu = _half((spread << sh) >> dv)
                    lm = _half((m0 + m1) >> dn)
                    lp = 0 if pm0 < 0 else 1 + min(_half(pm0 >> dn), 14)
                    lq = min(_half(pm1 >> dn), 7)
                    apart = _near((pred[2] - pred[0]) >> 15, 7 << dv) >> dv
                    da = _near((ref - guess) >> dv, 20)
                    db = _near(((u[1] << sh) + ref - guess) >> dv, 20) if found else 0
                    dc = _near(((u[2] << sh) + ref - guess) >> dv, 20)
                    step = kind * 5 + min(octave, 4)
                    at[0] = ((kf * 16 + lf) * 16 + part) * 16
                    at[1] = DIRECT + ((lu * 16 + lm) * 2 + kf) * 16
                    at[2] = 2 * DIRECT + ((lp * 8 + lq) * 4 + min(lf >> 1, 3)) * 16
                    at[3] = 3 * DIRECT + (step * 16 + ls_) * 16
                    at[4] = 4 * DIRECT + (((apart + 7) * 16 + la) * 2 + kf) * 16
                    of_sign = PLAIN * DIRECT + ((kf * 16 + la) * 16 + part) * 16
                    cc = 0 if many else c
                    at[5] = _hash(da, db, dc, kind, k)
                    at[6] = _hash(cc, p0 >> min(dv, 20), p1 >> min(dv, 20), db - da, k)
                    at[7] = _hash(cc + 1000, guess >> dv, k, 1, 0)
                    # ---- the remainder
                    rest = q[c, y, x] - guess
                    a = abs(rest)
                    if st > 1:
                        a = (a + (st >> 1)) // st
                    high = a >> k
                    level = np.int64(0)
                    while level < LONGEST:
                        j = level if level < 14 else 14
                        row = (j * 2 + kf) * 2 + (1 if la > 1 else 0)
                        for m in range(PLAIN):
                            idx[m] = at[m] + j
                        for m in range(PLAIN, CONTEXTS):
                            idx[m] = FIXED + (m - PLAIN) * HASHED + (at[m] ^ j)
                        more = code_mixed(s, buf, 1 if high > level else 0, prob, count, idx, CONTEXTS, weight, row, 250, rate, stretch,
                                          squash)
                        if more == 0:
                            break
                        level += 1
                    if level == LONGEST:
                        # far out: Elias gamma of what is beyond
                        beyond = high - LONGEST + 1
                        nb = bits(beyond)
                        got = 1
                        while got < 58:
                            if code_one(s, buf, 1 if nb > got else 0, low_prob, low_count, 4000 + got, 60, rate) == 0:
                                break
                            got += 1
                        beyond = (np.int64(1) << (got - 1)) | code_plain(s, buf, beyond & ((np.int64(1) << (got - 1)) - 1), got - 1)
                        level = LONGEST + beyond - 1
                    value = level
                    if k > 0:
                        bit = code_one(s, buf, (a >> (k - 1)) & 1, low_prob, low_count, min(k, 63) * 32 + min(level, 15) * 2, 250, rate)
                        value = (level << 1) | bit
                        if k > 1:
                            second = 2048 + min(k, 63) * 16 + min(level, 7) * 2 + bit
                            bit = code_one(s, buf, (a >> (k - 2)) & 1, low_prob, low_count, second, 250, rate)
                            value = (value << 1) | bit
                            if k > 2:
                                value = (value << (k - 2)) | code_plain(s, buf, a & ((np.int64(1) << (k - 2)) - 1), k - 2)
                    if value != 0:
                        big = 1 if value > 1 else 0
                        idx[0] = of_sign
                        for m in range(PLAIN, CONTEXTS):
                            idx[m - PLAIN + 1] = FIXED + (m - PLAIN) * HASHED + ((at[m] + 61681 + big * 257) & 0xFFFF)
                        minus = 1 if rest < 0 else 0
                        if code_mixed(s, buf, minus, prob, count, idx, SIGNS, weight, 60 + big, 250, rate, stretch, squash):
                            value = -value
                    q[c, y, x] = guess + value * st
                    a = abs(value)
                    mag[c, y, x] = min(a, 1 << 28)
                    # ---- learning
                    a = min(a, 1 << 40) << 4
                    hist[c, 0] += (a - fast) >> 2
                    hist[c, 1] += ((a - slow) + 16) >> 5
                    target = _near((q[c, y, x] - ref) >> sh, CLIP) << 16
                    for m in range(PREDICTORS):
                        e = min(abs(target - pred[m]) >> 8, np.int64(1) << 40)
                        err[c, m] += ((e << 4) - err[c, m]) >> 4
                    miss = (target - half) >> 8
                    keep(waiting, filled, c, u, width_ls, miss)
                    if many:
                        keep(waiting, filled, channels, u, width_ls, miss)
                    for m in range(2):
                        shared = many and m == 0
                        lc = 0 if shared else c
                        ls_n[m, lc] += 1
                        seen = ls_n[m, lc]
                        if seen & 31 == 0 or (seen < 32 and seen & 3 == 0):
                            spot = channels if shared else c
                            if m == 0 or many:
                                gather(waiting[spot], filled[spot], INPUTS if many else width_ls, sums)
                            add(sums, ls_a[m, lc], ls_b[m, lc])
                            if m == 1 or shared:
                                filled[spot] = 0
                            if seen < SETTLED or seen & (OFTEN - 1 if m == 0 else SELDOM - 1) == 0:
                                solve(ls_a[m, lc], ls_b[m, lc], width_ls, ls_w[m, lc], low, dia)
                            fade = (5 if many else 3) if m == 0 else 6
                            if seen >= (128 if m == 0 else 1024) or ls_a[m, lc, 0, 0] > (np.int64(1) << 54):
                                for i in range(width_ls):
                                    for j in range(i + 1):
                                        ls_a[m, lc, i, j] -= ls_a[m, lc, i, j] >> fade
                                    ls_b[m, lc, i] -= ls_b[m, lc, i] >> fade
        for c in range(channels + 1):
            if filled[c]:
                gather(waiting[c], filled[c], INPUTS, sums)
                if c < channels:
                    add(sums, ls_a[1, c], ls_b[1, c])
                if c == channels or not many:
                    add(sums, ls_a[0, 0 if many else c], ls_b[0, 0 if many else c])
                filled[c] = 0
