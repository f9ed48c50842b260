"""Compiled reading and writing of the cells of a text table: cutting lines into cells, decimal numbers, dates; and back again."""
from __future__ import annotations

import numpy as np
from numba import njit

from engine.entropy.coder import FLAGS

PLAIN, NOT_PLAIN = 0, 1
FIELDS = 7            # year, month, day, hour, minute, second, fraction


@njit(**FLAGS)
def cut(buf, delimiter, columns, rows, starts, ends, quoted):
    """Cells of up to `rows` lines into starts, ends `[rows, columns]`; quoted marks cells in double quotes (kept outside of start, end).

    Returns (lines read, bytes used, what is wrong: 0 nothing, 1 a line with another number of cells, 2 a quote that never closes).
    """
    n = buf.size
    at = 0
    for r in range(rows):
        if at >= n:
            return r, at, 0
        begin = at
        c = 0
        while True:
            q = 0
            if at < n and buf[at] == 34:
                q = 1
                at += 1
                first = at
                while at < n and not (buf[at] == 34 and (at + 1 >= n or buf[at + 1] != 34)):
                    at += 2 if buf[at] == 34 else 1
                if at >= n:
                    return r, begin, 2
                last = at
                at += 1
                if at < n and buf[at] != delimiter and buf[at] != 10 and buf[at] != 13:
                    return r, begin, 1      # text behind a closing quote: no table that can be written back
            else:
                first = at
                while at < n and buf[at] != delimiter and buf[at] != 10:
                    at += 1
                last = at
                if last > first and (at >= n or buf[at] == 10) and buf[last - 1] == 13:
                    last -= 1
            if c < columns:
                starts[r, c], ends[r, c], quoted[r, c] = first, last, q
            c += 1
            if at < n and buf[at] == 13:
                at += 1
            if at >= n or buf[at] == 10:
                at += 1
                break
            at += 1
        if c != columns:
            return r, begin, 1
    return rows, min(at, n), 0


@njit(**FLAGS)
def numbers(buf, starts, ends, value, places, state):
    """Plain decimals [-]digits[.digits] of at most 18 digits: value without the point, places after it; state NOT_PLAIN for others."""
    for i in range(starts.size):
        a, b = starts[i], ends[i]
        state[i] = NOT_PLAIN
        minus = a < b and buf[a] == 45
        at = a + 1 if minus else a
        if at >= b or b - at > 19 or buf[at] == 46:
            continue
        if buf[at] == 48 and at + 1 < b and buf[at + 1] != 46:
            continue
        v = np.int64(0)
        point = -1
        good = True
        digits = 0
        for k in range(at, b):
            ch = buf[k]
            if ch == 46 and point < 0 and k + 1 < b:
                point = k
            elif 48 <= ch <= 57:
                v = v * 10 + (ch - 48)
                digits += 1
            else:
                good = False
                break
        if not good or digits > 18 or (minus and v == 0):
            continue
        value[i] = -v if minus else v
        places[i] = b - point - 1 if point >= 0 else 0
        state[i] = PLAIN


@njit(**FLAGS)
def long_numbers(buf, starts, ends, mantissa, exponent, state):
    """Decimals that `numbers` has no room for, [-][digits][.digits][e(+|-)digits]: its first 18 digits, and the power of ten they
    are to be taken by. Whole numbers of more digits, zeros in front and signs of plus are names and numbers of things: NOT_PLAIN."""
    for i in range(starts.size):
        a, b = starts[i], ends[i]
        state[i] = NOT_PLAIN
        minus = a < b and buf[a] == 45
        at = a + 1 if minus else a
        if at + 1 < b and buf[at] == 48 and 48 <= buf[at + 1] <= 57:
            continue
        m, power, kept, lost = np.int64(0), np.int64(0), 0, 0
        point = digits = good = False
        while at < b:
            ch = buf[at]
            at += 1
            good = True
            if 48 <= ch <= 57:
                digits = True
                if kept < 18:
                    m = m * 10 + (ch - 48)
                    kept += 1 if m else 0
                    power -= 1 if point else 0
                else:
                    lost += 1
                    power += 0 if point else 1
            elif ch == 46 and not point:
                point = True
            elif (ch == 69 or ch == 101) and digits and at + 1 < b and b - at <= 4 and (buf[at] == 43 or buf[at] == 45):
                e = 0
                for k in range(at + 1, b):
                    if buf[k] < 48 or buf[k] > 57:
                        good = False
                        break
                    e = e * 10 + (buf[k] - 48)
                power += e if buf[at] == 43 else -e
                at = b
            else:
                good = False
                break
        if not good or not digits or (lost and not point) or (minus and m == 0):
            continue
        mantissa[i], exponent[i] = -m if minus else m, power
        state[i] = PLAIN


@njit(**FLAGS)
def to_places(value, places, state, wanted):
    """Brings all to `wanted` places (at least each one's own); True when nothing overflowed."""
    for i in range(value.size):
        if state[i] == PLAIN:
            for _ in range(wanted - places[i]):
                if abs(value[i]) > 900000000000000000:
                    return False
                value[i] *= 10
    return True


@njit(**FLAGS)
def _put(out, at, v, width):
    """`v` >= 0 in decimal with at least `width` digits; returns the end."""
    n = 1
    w = v
    while w >= 10:
        w //= 10
        n += 1
    n = max(n, width)
    for k in range(n - 1, -1, -1):
        out[at + k] = 48 + v % 10
        v //= 10
    return at + n


@njit(**FLAGS)
def write_numbers(value, digits, shown, marks, tokens, token_ends, out, ends):
    """Texts of value / 10^digits, one after the other; shown: places per cell, -1 = as few as say it all. marks > 0: a token instead."""
    at = 0
    for i in range(value.size):
        if marks[i] > 0:
            t = marks[i] - 1
            if t < token_ends.size:
                for k in range(0 if t == 0 else token_ends[t - 1], token_ends[t]):
                    out[at] = tokens[k]
                    at += 1
            ends[i] = at
            continue
        v = value[i]
        d = digits
        places = shown[i] if shown.size > 1 else shown[0]
        if places < 0:
            while d > 0 and v % 10 == 0:
                v //= 10
                d -= 1
        else:
            while d > places and v % 10 == 0:
                v //= 10
                d -= 1
        if v < 0:
            out[at] = 45
            at += 1
            v = -v if v > -9223372036854775807 else np.int64(9223372036854775807)
        if d == 0 and places <= 0:
            at = _put(out, at, v, 1)
        else:
            p = np.int64(1)
            for _ in range(d):
                p *= 10
            at = _put(out, at, v // p, 1)
            out[at] = 46
            at += 1
            if d > 0:
                at = _put(out, at, v % p, d)
            for _ in range(places - d):
                out[at] = 48
                at += 1
        ends[i] = at


@njit(**FLAGS)
def _days(y, m, d):
    """Days from 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms")."""
    if m <= 2:
        y -= 1
    era = y // 400
    yoe = y - era * 400
    doy = (153 * (m + (-3 if m > 2 else 9)) + 2) // 5 + d - 1
    doe = yoe * 365 + yoe // 4 - yoe // 100 + doy
    return era * 146097 + doe - 719468


@njit(**FLAGS)
def dates(buf, starts, ends, pattern, field, unit, out):
    """Cells that all look like `pattern` (0 = a digit, else that byte), field: which of FIELDS each byte belongs to. True when all did."""
    part = np.zeros(FIELDS, np.int64)
    for i in range(starts.size):
        if ends[i] - starts[i] != pattern.size:
            return False
        part[:] = 0
        for k in range(pattern.size):
            ch = buf[starts[i] + k]
            if pattern[k] == 0:
                if ch < 48 or ch > 57:
                    return False
                part[field[k]] = part[field[k]] * 10 + (ch - 48)
            elif ch != pattern[k]:
                return False
        if part[1] < 1 or part[1] > 12 or part[2] < 1 or part[2] > 31 or part[3] > 23 or part[4] > 59 or part[5] > 59:
            return False
        out[i] = (((_days(part[0], part[1], part[2]) * 24 + part[3]) * 60 + part[4]) * 60 + part[5]) * unit + part[6]
    return True


@njit(**FLAGS)
def write_dates(value, pattern, field, unit, out, ends):
    part = np.zeros(FIELDS, np.int64)
    at = 0
    for i in range(value.size):
        v = value[i]
        part[6] = v % unit
        v //= unit
        part[5] = v % 60
        v //= 60
        part[4] = v % 60
        v //= 60
        part[3] = v % 24
        z = v // 24 + 719468
        era = z // 146097
        doe = z - era * 146097
        yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
        doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
        mp = (5 * doy + 2) // 153
        part[2] = doy - (153 * mp + 2) // 5 + 1
        part[1] = mp + (3 if mp < 10 else -9)
        part[0] = yoe + era * 400 + (1 if part[1] <= 2 else 0)
        for k in range(pattern.size - 1, -1, -1):
            if pattern[k] == 0:
                out[at + k] = 48 + part[field[k]] % 10
                part[field[k]] //= 10
            else:
                out[at + k] = pattern[k]
        at += pattern.size
        ends[i] = at


@njit(**FLAGS)
def weave(cells, ends, place, quoted, rows, delimiter, crlf, out):
    """Rows of text from columns: cells is all columns' texts joined, ends `[columns, rows]` within each column's own, place `[columns]`
    where each column starts. Returns the length."""
    at = 0
    columns = ends.shape[0]
    for r in range(rows):
        for c in range(columns):
            if quoted[c]:
                out[at] = 34
                at += 1
            for k in range(place[c] + (0 if r == 0 else ends[c, r - 1]), place[c] + ends[c, r]):
                out[at] = cells[k]
                at += 1
            if quoted[c]:
                out[at] = 34
                at += 1
            if c + 1 < columns:
                out[at] = delimiter
                at += 1
        if crlf:
            out[at] = 13
            at += 1
        out[at] = 10
        at += 1
    return at
