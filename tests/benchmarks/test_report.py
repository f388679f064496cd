"""The report: what is compared with which goal, and what is stored."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.report import Figure, Goal, shown, table, write

BASE = Figure("base", [4.0, 2.0, 3.0], "s")


@pytest.mark.parametrize(
    ("goal", "against", "met"),
    [
        (None, BASE, None),
        (Goal(below=1.5), None, True),
        (Goal(below=1.4), None, False),
        (Goal(ratio_below=0.5), BASE, True),
        (Goal(ratio_below=0.4), BASE, False),
        (Goal(below=2.0, ratio_below=0.4), BASE, False),
        (Goal(below=1.0, ratio_below=0.6), BASE, False),
        (Goal(ratio_below=0.5), None, False),
        (Goal(ratio_below=0.5), Figure("nothing", [], "s"), False),
    ],
)
def test_a_goal_is_met_by_the_median_and_by_its_ratio(
    goal: Goal | None, against: Figure | None, met: bool | None
) -> None:
    assert Figure("figure", [9.0, 1.5, 1.0], "s", against, goal).met is met


def test_what_was_not_measured_is_neither_met_nor_missed(tmp_path: Path) -> None:
    figure = Figure("figure", [], "s", BASE, Goal(below=1.0), "there is no display")
    assert figure.met is None
    assert "not measured" in table([figure])
    write([BASE, figure], tmp_path / "out" / "bench.json")
    stored = json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))
    assert stored[0]["value"] == 3.0
    assert stored[0]["met"] is stored[0]["goal"] is stored[1]["value"] is stored[1]["ratio"] is None
    assert stored[1]["against"] == "base"
    assert stored[1]["goal"] == "≤ 1.00 s"


def test_three_digits_count() -> None:
    assert [shown(v) for v in (0, 0.01234, 1.0, 45.67, 1234.5)] == ["0", "0.0123", "1.00", "45.7", "1234"]
