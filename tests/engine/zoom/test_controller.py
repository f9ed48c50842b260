from dataclasses import replace
from fractions import Fraction

import pytest

from engine.api import EngineError, Provenance, SourceInfo, Stage
from engine.zoom import CostTable, Priority, ZoomController, ZoomPlan
from tests.engine.zoom.fakes import request

INFO = SourceInfo("clip.lzc", "lzc", 640, 360, tuple(range(10)), Fraction(1, 25), Fraction(25), levels=3)
CHEAP = CostTable({"synthesis": 0.01, "draw": 0.01, "recorded": 0.1, "coarse": 1.0})


def plan(costs: CostTable = CHEAP, **more: object) -> ZoomPlan:
    return ZoomController().plan(request(**more), INFO, costs)  # type: ignore[arg-type]


def visible(found: ZoomPlan) -> list[Stage]:
    return [step.stage for step in found.steps if step.priority == Priority.VISIBLE]


def test_stages_come_in_order_and_centre_first() -> None:
    found = plan(roi=(100, 100, 128, 128), viewport=(512, 512), samples=4)
    stages = visible(found)
    assert stages == sorted(stages) and set(stages) == {Stage.COARSE, Stage.RECORDED, Stage.SYNTHESISED, Stage.REFINED}
    for stage in (Stage.RECORDED, Stage.SYNTHESISED, Stage.REFINED):
        away = [(s.rect[0] + s.rect[2] / 2 - 256) ** 2 + (s.rect[1] + s.rect[3] / 2 - 256) ** 2 for s in found.steps
                if s.stage == stage and s.priority == Priority.VISIBLE]
        assert away == sorted(away)
    assert sum(s.rect[2] * s.rect[3] for s in found.steps if s.stage == Stage.REFINED) == 512 * 512


@pytest.mark.parametrize(("size", "level", "depth"), [((128, 128), 0, 0), ((129, 129), 0, 1), ((256, 256), 0, 1), ((257, 100), 0, 2),
                                                      ((1024, 1024), 0, 3), ((64, 64), 1, 0), ((65, 64), 0, 0), ((32, 32), 2, 0),
                                                      ((8, 8), 4, 0)])
def test_level_and_depth(size: tuple[int, int], level: int, depth: int) -> None:
    found = plan(roi=(100, 100, 128, 128), viewport=size)
    assert (found.level, found.depth) == (level, depth)
    assert found.within_record == (depth == 0) and found.recorded_limit == 1.0
    assert found.kind == (Provenance.INTERPOLATED if depth else Provenance.CODED)


def test_no_samples_within_the_record_and_no_synthesis_where_it_is_not_wanted() -> None:
    assert set(visible(plan(roi=(0, 0, 128, 128), viewport=(128, 128), samples=9))) == {Stage.COARSE, Stage.RECORDED}
    assert set(visible(plan(roi=(0, 0, 128, 128), viewport=(900, 900), recorded_only=True))) == {Stage.COARSE, Stage.RECORDED}
    locked = plan(roi=(0, 0, 128, 128), viewport=(900, 900), level=1)
    assert set(visible(locked)) == {Stage.COARSE, Stage.RECORDED} and locked.level == 1 and locked.recorded_limit == 0.5
    without = ZoomController().plan(request(roi=(0, 0, 128, 128), viewport=(900, 900)), INFO, CHEAP, can_synthesise=False)
    assert without.depth == 0


def test_depth_follows_response_time_and_cost() -> None:
    view = {"roi": (100.0, 100.0, 64.0, 64.0), "viewport": (512, 512)}
    slow, slower = CostTable({"synthesis": 50.0}), CostTable({"synthesis": 400.0})
    quick, patient = plan(slow, response_ms=500, **view), plan(slow, response_ms=60_000, **view)
    assert (patient.prompt_depth, patient.depth) == (3, 3)
    assert quick.prompt_depth < quick.depth == 3
    depths = [s.level for s in quick.steps if s.stage == Stage.SYNTHESISED and s.priority == Priority.VISIBLE]
    assert depths == [-quick.prompt_depth] * 16 + [-3] * 16  # the whole view at the prompt depth first
    assert plan(slower, response_ms=500, **view).depth < 3 and plan(slower, response_ms=1, **view).depth == 1
    assert plan(slow, response_ms=500, **view).estimate_ms > plan(CHEAP, response_ms=500, **view).estimate_ms


def test_later_work_is_next_to_the_view_and_in_the_next_frame() -> None:
    found = plan(roi=(0, 100, 64, 64), viewport=(512, 512))
    near = [s for s in found.steps if s.priority == Priority.NEIGHBOUR]
    assert near and all(not (0 <= s.rect[0] < 512 and 0 <= s.rect[1] < 512) for s in near)
    assert all(s.rect[0] + s.rect[2] > 0 for s in near)  # nothing left of the frame
    assert [s.frame for s in found.steps if s.priority == Priority.PREFETCH] == [1]
    assert not [s for s in plan(roi=(0, 100, 64, 64), frame=9).steps if s.priority == Priority.PREFETCH]
    order = [s.urgency for s in found.steps]
    assert order == sorted(order)


@pytest.mark.parametrize("wrong", [{"frame": 10}, {"level": 7}, {"level": -1}, {"samples": 0}, {"viewport": (0, 5)},
                                   {"viewport": (10**6, 10**6)}, {"roi": (float("nan"), 0, 1, 1)}, {"roi": (600, 0, 100, 10)}])
def test_what_cannot_be_planned_is_one_clear_line(wrong: dict[str, object]) -> None:
    with pytest.raises(EngineError) as told:
        plan(**wrong)
    assert "\n" not in str(told.value)


def test_the_anisotropic_view_counts_its_finer_direction() -> None:
    found = ZoomController().plan(replace(request(), roi=(0, 0, 128, 64), viewport=(128, 128)), INFO, CHEAP)
    assert found.depth == 1 and found.magnification == 2


def test_costs_take_the_first_measurement_and_then_smooth() -> None:
    costs = CostTable()
    assert not costs.measured("synthesis")
    costs.record("synthesis", 20.0, 2)
    assert costs.estimate("synthesis", 3) == 30.0
    costs.record("synthesis", 20.0)
    assert 10.0 < costs.estimate("synthesis") < 20.0
    costs.record("synthesis", -1.0)
    assert 10.0 < costs.table()["synthesis"] < 20.0
