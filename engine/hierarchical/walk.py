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
INPUTS = 16            # features of the least squares: neighbours and two per parent
PREDICTORS = 5
CONTEXTS = 11
DIRECT = 8192          # slots of each directly indexed context
HIDDEN, SEEN, BESIDE = 24, 15, 9   # of the network: units, inputs, how many inputs are neighbours
LOW = 4096             # contexts of the low bits of remainders
HASHED = 1 << 16       # slots of each hashed one
PLAIN = 6              # how many of the contexts are directly indexed
TABLE = DIRECT * PLAIN + HASHED * (CONTEXTS - PLAIN)
ROWS = 64
CLIP = 1 << 17
LONGEST = 40           # unary part of a remainder
_HALVES = np.array([v if v < 4 else min(2 * v.bit_length() + (v >> (v.bit_length() - 2) & 1) - 2, 15) for v in range(256)], np.uint8)
# weight of a predictor that was lately off by so much: 1 / e^4
_TRUST = np.array([(1 << 44) // (e ** 4 // 1024 + 1) for e in range(1024)], np.int64)


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
def _network(u, beside, used, z, h, w, b, v, net):
    """Correction in 2^-16 of a unit: one hidden layer over the features u[1..], scaled to the size of what lies around.

    w int32 `[nets, SEEN, HIDDEN]`, b and v int64 `[nets, HIDDEN + 1]` and `[nets, HIDDEN]`; z, h int32: scratch for inputs and hidden
    units. Sums of products of 16-bit weights and inputs of at most 2^12 (2^10 beside) fit into 32 bits."""
    size = np.int64(0)
    for i in range(1, beside + 1):
        size += abs(u[i])
    octave = bits(size)
    for i in range(SEEN):
        z[i] = 0
    for i in range(beside):
        z[i] = (u[i + 1] << 10) >> octave
    for i in range(beside, used):
        z[BESIDE + i - beside] = _near((u[i + 1] << 10) >> octave, 4096)
    units = w.shape[2]      # not the constant: an unrolled loop would not use the processor's vectors
    for j in range(units):
        h[j] = 0
    for i in range(SEEN):
        zi = z[i]
        for j in range(units):
            h[j] += w[net, i, j] * zi
    out = b[net, HIDDEN]
    for j in range(units):
        out += v[net, j] * (max(b[net, j] + h[j], 0) >> 10)
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
    u = np.zeros(INPUTS, np.int64)
    at, idx = np.zeros(CONTEXTS, np.int64), np.zeros(CONTEXTS, np.int64)
    low = np.zeros((INPUTS, INPUTS), np.int64)
    dia = np.zeros(INPUTS, np.int64)
    pred = np.zeros(PREDICTORS, np.int64)
    masked = skip.size > 0
    many = channels > MANY
    z, hidden = np.zeros(SEEN, np.int32), np.zeros(HIDDEN, np.int32)
    sums = np.zeros((INPUTS, INPUTS), np.int64)
    # features and misses that the sums of the least squares have not yet: of each channel, and of all together
    waiting, filled = np.zeros((channels + 1, INPUTS, TOGETHER), np.int32), np.zeros(channels + 1, np.int64)
    for r in range(rows.shape[0]):
        level_net = rows[r, 7]
        networked = level_net >= 0
        predictors = PREDICTORS if networked else PREDICTORS - 1
        kind, octave, y0, dy, x0, dx, n = rows[r, 0], rows[r, 1], rows[r, 2], rows[r, 3], rows[r, 4], rows[r, 5], rows[r, 6]
        for m in range(2):
            # another distance, other weights: what the last step taught counts for little, but gives the start
            for c in range(channels):
                for i in range(INPUTS):
                    ls_b[m, c, i] >>= 3
                    for j in range(i + 1):
                        ls_a[m, c, i, j] >>= 3
        for y in range(y0, height, dy):
            for x in range(x0, width, dx):
                for c in range(channels):
                    if masked and skip[c, y, x] == 2:
                        continue
                    sh = shift[c]
                    st = steps[c]
                    sd = bits(st) - 1
                    # ---- what is known around
                    found = False
                    ref = np.int64(0)
                    both = False
                    ya, xa = y + near[r, 0, 0], x + near[r, 0, 1]
                    yb, xb = y + near[r, 1, 0], x + near[r, 1, 1]
                    if ya >= 0 and xa >= 0:
                        ref = q[c, ya, xa]
                        found = True
                    okb = 0 <= yb < height and 0 <= xb < width
                    if okb:
                        if not found:
                            ref = q[c, yb, xb]
                            ya, xa = yb, xb
                        else:
                            both = True
                        found = True
                    u[0] = 0
                    m1 = np.int64(0)
                    for i in range(1, n):
                        yy, xx = y + near[r, i, 0], x + near[r, i, 1]
                        if yy >= 0 and xx >= 0 and yy < height and xx < width:
                            u[i] = _near((q[c, yy, xx] - ref) >> sh, CLIP)
                        else:
                            u[i] = 0
                    if n > 2:
                        yy, xx = y + near[r, 2, 0], x + near[r, 2, 1]
                        if yy >= 0 and xx >= 0 and yy < height and xx < width:
                            m1 = np.int64(mag[c, yy, xx])
                    if found:
                        m0 = np.int64(mag[c, ya, xa])
                    else:
                        m0 = np.int64(0)
                    width_ls = n - 1
                    p0 = np.int64(0)
                    p1 = np.int64(0)
                    pm0 = np.int64(-1)
                    pm1 = np.int64(0)
                    pv = np.int64(0)
                    for k in range(PARENTS):
                        pc = parents[c, k]
                        f = np.int64(0)
                        g = np.int64(0)
                        if pc >= 0:
                            v = q[pc, y, x]
                            if found:
                                base = q[pc, ya, xa]
                                f = _near((v - base) >> shift[pc], CLIP)
                                if both:
                                    g = _near((q[pc, yb, xb] - base) >> shift[pc], CLIP)
                            if k == 0:
                                p0, p1, pm0, pv = f, g, np.int64(mag[pc, y, x]), v
                            elif k == 1:
                                pm1 = np.int64(mag[pc, y, x])
                            u[width_ls + 1] = f
                            u[width_ls + 2] = g
                            width_ls += 2
                    # features are u[1 .. width_ls]
                    half = (u[1] << 15) if (both and kind > 0) else np.int64(0)
                    # ---- predictions, in 2^-16 of a (shifted) unit from ref
                    pred[0] = half
                    pred[1] = 0 if both else u[1] << 16
                    top = np.int64(0)
                    bottom = np.int64(0)
                    for i in range(1, width_ls + 1):
                        if u[i] > top:
                            top = u[i]
                        if u[i] < bottom:
                            bottom = u[i]
                    reach = (top - bottom + 2) << 16
                    for m in range(2):
                        v = half
                        lc = 0 if many and m == 0 else c
                        for i in range(width_ls):
                            v += ls_w[m, lc, i] * u[i + 1]
                        pred[2 + m] = min(max(v, (bottom << 16) - reach), (top << 16) + reach)
                    if networked:
                        pred[4] = half + _network(u, n - 1, width_ls, z, hidden, net_w, net_b, net_v, level_net)
                    total = np.int64(0)
                    mixed = np.int64(0)
                    for m in range(predictors):
                        e = err[c, m] >> 4
                        over = bits(e) - 10
                        e = e >> over if over > 0 else e
                        if over < 0:
                            over = 0
                        g = _TRUST[e] >> min(4 * over, 62)
                        g += 1
                        total += g
                        dia[m] = g
                    over = bits(total) - 24
                    if over < 0:
                        over = 0
                    total = np.int64(0)
                    for m in range(predictors):
                        g = dia[m] >> over
                        total += g
                        mixed += (pred[m] >> 6) * g
                    mixed = (mixed // total) << 6 if total > 0 else half
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
                    spread = abs(u[1]) + abs(u[2]) if n > 2 else abs(u[1])
                    lu = _half((spread << sh) >> dv)
                    lm = _half((m0 + m1) >> dn)
                    lp = 0 if pm0 < 0 else 1 + min(_half(pm0 >> dn), 14)
                    lq = min(_half(pm1 >> dn), 7)
                    apart = _near((pred[2] - pred[0]) >> 15, 7 << dv) >> dv
                    da = _near((ref - guess) >> dv, 20)
                    db = _near(((u[1] << sh) + ref - guess) >> dv, 20) if found else 0
                    dc = _near(((u[2] << sh) + ref - guess) >> dv, 20) if n > 2 else 0
                    step = kind * 5 + min(octave, 4)
                    d0 = (kf * 16 + la) * 16
                    at[0] = ((kf * 16 + lf) * 16 + part) * 16
                    at[1] = DIRECT + ((lu * 16 + lm) * 2 + kf) * 16
                    at[2] = 2 * DIRECT + ((lp * 8 + lq) * 4 + min(lf >> 1, 3)) * 16
                    at[3] = 3 * DIRECT + (step * 16 + ls_) * 16
                    at[4] = 4 * DIRECT + (d0 + part) * 16
                    at[5] = 5 * DIRECT + (((apart + 7) * 16 + la) * 2 + kf) * 16
                    cc = 0 if many else c
                    at[6] = _hash(da, db, dc, kind, k)
                    at[7] = _hash(cc, p0 >> min(dv, 20), p1 >> min(dv, 20), db - da, k)
                    at[8] = _hash(cc + 1000, guess >> dv, k, 1, 0)
                    at[9] = _hash(cc + 2000, da, db, pv >> dv, k)
                    at[10] = _hash(cc + 3000, k, la, part, kind)
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
                            idx[m] = DIRECT * PLAIN + (m - PLAIN) * HASHED + ((at[m] + j * 4099) & 0xFFFF)
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
                        for m in range(PLAIN):
                            idx[m] = at[m] + 15
                        for m in range(PLAIN, CONTEXTS):
                            idx[m] = DIRECT * PLAIN + (m - PLAIN) * HASHED + ((at[m] + 61681 + big * 257) & 0xFFFF)
                        minus = 1 if rest < 0 else 0
                        if code_mixed(s, buf, minus, prob, count, idx, CONTEXTS, weight, 60 + big, 250, rate, stretch, squash):
                            value = -value
                    q[c, y, x] = guess + value * st
                    a = abs(value)
                    mag[c, y, x] = min(a, 1 << 28)
                    # ---- learning
                    a = min(a, 1 << 40) << 4
                    hist[c, 0] += (a - fast) >> 2
                    hist[c, 1] += ((a - slow) + 16) >> 5
                    target = _near((q[c, y, x] - ref) >> sh, CLIP) << 16
                    for m in range(predictors):
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
                            place = channels if shared else c
                            if m == 0 or many:
                                gather(waiting[place], filled[place], sums)
                            add(sums, ls_a[m, lc], ls_b[m, lc])
                            if m == 1 or shared:
                                filled[place] = 0
                            solve(ls_a[m, lc], ls_b[m, lc], width_ls, ls_w[m, lc], low, dia)
                            fade = (5 if many else 3) if m == 0 else 6
                            if seen >= (128 if m == 0 else 1024) or ls_a[m, lc, 0, 0] > (np.int64(1) << 54):
                                for i in range(width_ls):
                                    for j in range(i + 1):
                                        ls_a[m, lc, i, j] -= ls_a[m, lc, i, j] >> fade
                                    ls_b[m, lc, i] -= ls_b[m, lc, i] >> fade
        for c in range(channels + 1):
            if filled[c]:
                gather(waiting[c], filled[c], sums)
                if c < channels:
                    add(sums, ls_a[1, c], ls_b[1, c])
                if c == channels or not many:
                    add(sums, ls_a[0, 0 if many else c], ls_b[0, 0 if many else c])
                filled[c] = 0
