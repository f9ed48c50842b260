"""What the compiled coders of general data share: their memory, and whole numbers that have a size in steps and low bits."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import code_mixed, code_one, code_plain

LOW = 4096      # plain contexts
ROWS = 64       # of mixing weights
LONGEST = 24    # steps in unary; larger sizes have an exponent and what remains


def memory(contexts: int, slots: int, share: int) -> tuple[np.ndarray, ...]:
    """prob, count of `contexts` mixed contexts of `slots` each, weights that start at `share` / 65536, prob and count of plain ones."""
    return (np.full(contexts * slots, 32768, np.uint16), np.zeros(contexts * slots, np.uint8),
            np.full((ROWS, contexts), share, np.int32), np.full(LOW, 32768, np.uint16), np.zeros(LOW, np.uint8))


@njit(inline="always")
def code_size(s, buf, a, k, row, most, dia, idx, contexts, prob, count, weight, low_prob, low_count, rate, stretch, squash):
    """A size `a` whose `k` low bits are nearly free: what lies above them in unary under mixed contexts, where `dia` says the place of each
    and `row` the weights; at most `most` bits beyond that. Returns it."""
    high = a >> k
    level = np.int64(0)
    while level < LONGEST:
        j = min(level, 15)
        for m in range(contexts):
            idx[m] = dia[m] + j
        if code_mixed(s, buf, 1 if high > level else 0, prob, count, idx, contexts, weight, min(j, 7) * 4 + row, 250, rate, stretch,
                      squash) == 0:
            break
        level += 1
    if level == LONGEST:
        beyond = high - LONGEST + 1
        got = np.int64(1)
        while got < most:
            if code_one(s, buf, 1 if beyond >> got else 0, low_prob, low_count, 4000 + got, 60, rate) == 0:
                break
            got += 1
        lead = np.int64(1) << (got - 1)
        level = LONGEST - 1 + (lead | code_plain(s, buf, beyond & (lead - 1), got - 1))
    value = level
    if k > 0:
        at = min(k, 60 if most > 40 else 40) * 32 + min(level, 15) * 2
        value = (level << 1) | code_one(s, buf, (a >> (k - 1)) & 1, low_prob, low_count, at, 250, rate)
        if k > 1:
            value = (value << (k - 1)) | code_plain(s, buf, a & ((np.int64(1) << (k - 1)) - 1), k - 1)
    return value
