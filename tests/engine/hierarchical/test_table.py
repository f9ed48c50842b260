"""Text tables: byte for byte without loss, within the bound with one, whatever the cells look like."""
import csv
import io
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.api import JobError
from engine.hierarchical import table
from engine.hierarchical.table import Layout

CELLS = st.one_of(st.integers(-10 ** 6, 10 ** 6).map(str), st.decimals(-1000, 1000, places=3).map(str),
                  st.sampled_from(["", "NaN", "1e-5", "-0", "007", ".5"]), st.text(alphabet="ab ;'x\"", max_size=4),
                  st.dates().map(lambda d: f"{d} 10:00:00"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=25), st.booleans(), st.booleans())
def test_any_table_comes_back_byte_for_byte(rows: list[list[str]], crlf: bool, ended: bool) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n" if crlf else "\n").writerows(rows)
    raw = out.getvalue().encode()
    raw = raw if ended else raw.rstrip(b"\r\n")
    layout = Layout(3, crlf=crlf)
    payloads, _ = table.encode(raw, layout, None)
    assert table.decode(payloads, layout) == raw


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.decimals(-500, 500, places=2), st.one_of(st.none(), st.floats(-1e4, 1e4).map(lambda v: round(v, 5)))),
                min_size=4, max_size=60), st.sampled_from([0.001, 0.02, 0.5, 33.0]))
def test_every_number_within_the_bound_and_gaps_stay(rows: list, bound: float) -> None:
    def cell(v: object) -> str:
        return "" if v is None else f"{v:.5f}" if isinstance(v, float) else str(v)

    raw = "".join(f"2020-01-01 00:00:{i % 60:02d},{cell(a)},{cell(b)}\n" for i, (a, b) in enumerate(rows)).encode()
    layout = Layout(3)
    payloads, _ = table.encode(raw, layout, [bound] * 3)
    back = [line.split(",") for line in table.decode(payloads, layout).decode().splitlines()]
    assert len(back) == len(rows)
    for got, want in zip(back, raw.decode().splitlines()):
        for a, b in zip(got[1:], want.split(",")[1:]):
            assert (a == "") == (b == "")
            assert not b or abs(float(a) - float(b)) <= bound * (1 + 1e-12)
        assert got[0] == want.split(",")[0]


def test_long_decimals_keep_the_bound_too() -> None:
    raw = "".join(f"{i * 0.123456789012 % 7:.12f}\n" for i in range(3000)).encode()
    for bound in (0.07, 0.00731, 1e-9):
        payloads, _ = table.encode(raw, Layout(1), [bound])
        back = table.decode(payloads, Layout(1)).split()
        assert max(abs(float(a) - float(b)) for a, b in zip(back, raw.split())) <= bound


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6).map(repr), st.floats(-1, 1).map(repr), st.floats(0, 1e6).map("{:.17e}".format),
                          st.sampled_from(["nan", "", "inf", ".5", "-3."])), min_size=8, max_size=80),
       st.sampled_from([1e-12, 1e-6, 0.003, 1.0, 700.0]))
def test_long_numbers_and_powers_of_ten_keep_the_bound(cells: list[str], bound: float) -> None:
    raw = "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)).encode()
    payloads, _ = table.encode(raw, Layout(2), [bound] * 2)
    back = [line.split(b",")[1].decode() for line in table.decode(payloads, Layout(2)).splitlines()]
    assert len(back) == len(cells)
    for got, want in zip(back, cells):
        assert got == want or abs(Decimal(got) - Decimal(want)) <= Decimal(bound)


def test_long_numbers_are_numbers_where_there_is_a_bound() -> None:
    rng = np.random.default_rng(5)
    raw = "".join(f"{v!r}\n" for v in (rng.normal(size=3000).cumsum() / 50).tolist()).encode()
    assert sum(map(len, table.encode(raw, Layout(1), [0.01])[0].values())) < len(raw) / 20
    whole, _ = table.encode(raw, Layout(1), None)
    assert table.decode(whole, Layout(1)) == raw


@pytest.mark.parametrize("cell", ["00{}7.25", "+{}.5", "{}E4", "1{},5", "12345678901234567{}890", "{}e5", "1.5e-{}x", "e-{}", "-.e-{}"])
def test_what_only_looks_like_a_number_is_not_bent(cell: str) -> None:
    raw = "".join(f'"{cell.format(i * 37 % 89)}"\n' for i in range(200)).encode()
    payloads, _ = table.encode(raw, Layout(1), [1000.0])
    assert table.decode(payloads, Layout(1)) == raw


def test_sensors_on_clocks_of_their_own_are_grouped() -> None:
    raw = "".join(f"{i},{i % 7},{'' if i % 4 else i % 11},{'' if i % 4 else i % 5}\n" for i in range(400)).encode()
    payloads, facts = table.encode(raw, Layout(4), None)
    assert facts["clocks"] == 2
    assert table.decode(payloads, Layout(4)) == raw


def test_ragged_lines_are_kept_without_loss_and_refused_with_a_bound() -> None:
    raw = b"1,2\n3,4\n5\n6,7,8\n"
    payloads, facts = table.encode(raw, Layout(2), None, 1)
    assert facts["kept_as_text"] == 4 and table.decode(payloads, Layout(2)) == raw
    with pytest.raises(JobError, match="line 13 has 1 cells, the lines before it have 2"):
        table.encode(raw, Layout(2), [1.0, 1.0], 11)


def test_numbers_of_lines_are_not_bent() -> None:
    raw = "".join(f'"{i}",{i * 37 % 100}\n' for i in range(1, 300)).encode()
    payloads, _ = table.encode(raw, Layout(2), [50.0, 5.0])
    assert [line.split(b",")[0] for line in table.decode(payloads, Layout(2)).splitlines()] == [f'"{i}"'.encode() for i in range(1, 300)]


def test_coarse_levels_alone_give_a_table_of_the_same_form() -> None:
    raw = "".join(f"2021-05-01 00:{i // 60 % 60:02d}:{i % 60:02d},{1000 + i * i % 77 + i}.25\n" for i in range(3000)).encode()
    payloads, _ = table.encode(raw, Layout(2), [1.0, 1.0])
    assert set(payloads) == {3, 2, 1, 0}
    coarse = table.decode({k: v for k, v in payloads.items() if k >= 2}, Layout(2), 2).splitlines()
    assert len(coarse) == 3000
    off = [abs(float(a.split(b",")[1]) - float(b.split(b",")[1])) for a, b in zip(coarse, raw.splitlines())]
    assert sum(off) / len(off) < 60


def test_a_slower_sensor_leans_on_the_faster_ones_it_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    fast = np.cumsum(rng.normal(size=6000)).round(2)
    slow = (3 * fast + 5).round(2)
    rows = [f"{a},{b if i % 3 == 0 else ''}" for i, (a, b) in enumerate(zip(fast.tolist(), slow.tolist()))]
    raw = ("\n".join(rows) + "\n").encode()
    layout = table.Layout(2)
    leaning, facts = table.encode(raw, layout, None)
    assert facts["clocks"] == 2 and table.decode(leaning, layout) == raw
    for finest in (1, 2, 3):        # a coarser copy stands on each clock's own levels
        coarse = [line.split(",") for line in table.decode(leaning, layout, finest).decode().splitlines()]
        near = [abs(float(b) - v) for (_, b), v in zip(coarse, slow.tolist()) if b]
        assert len(coarse) == 6000 and len(near) == 2000 and np.mean(near) < 8 * 2 ** finest
    monkeypatch.setattr(table, "_first_clock", lambda coded, many, rows: np.zeros((1, 1, rows), np.int64))
    alone, _ = table.encode(raw, layout, None)
    assert sum(map(len, leaning.values())) < 0.95 * sum(map(len, alone.values()))
