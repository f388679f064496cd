"""Text that is looked up: every stage that an engine reports has one, and figures read as people say them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.texts import (
    LOWERED,
    SCHEDULERS,
    STAGES,
    bytes_text,
    duration_text,
    estimate_text,
    lowered_text,
    stage_text,
)
from inference.engines.engine import ENGINES
from inference.estimate import Estimate
from inference.memory import Device

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("stage", STAGES)
def test_a_known_stage_has_a_text_for_people(stage: str) -> None:
    assert stage.isascii() and stage == stage.lower()
    assert stage_text(stage) == STAGES[stage] != stage


def test_a_stage_without_a_text_is_shown_all_the_same() -> None:
    assert stage_text("colour-match") == "Colour match"


def test_every_stage_that_an_engine_reports_has_a_text() -> None:
    sources = [*(ROOT / "inference" / "engines").rglob("*.py"), ROOT / "inference" / "host.py"]
    reported = {
        stage
        for source in sources
        for stage in re.findall(r'\breport\(\s*"([a-z-]+)"', source.read_text(encoding="utf-8"))
    }
    assert reported and reported <= STAGES.keys()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "a few seconds"),
        (3.9, "a few seconds"),
        (4, "5 s"),
        (7, "5 s"),
        (8, "10 s"),
        (42, "40 s"),
        (89, "90 s"),
        (90, "2 min"),
        (200, "3 min"),
        (3600, "60 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.floats(0, 1e6))
def test_a_duration_is_never_nothing(seconds: float) -> None:
    assert not duration_text(seconds).startswith("0")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KB"),
        (5 << 20, "5 MB"),
        (3 << 29, "1.5 GB"),
        (2 << 40, "2048.0 GB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert bytes_text(size) == text


GB = 1 << 30
CARD = Device("cuda:0", "NVIDIA RTX 4070", 12 * GB, 8 * GB)
PROCESSOR = Device("cpu", "CPU", 12 * GB, 8 * GB)


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(42, int(5.2 * GB), CARD), "About 40 s · 5.2 GB on NVIDIA RTX 4070"),
        (Estimate(1, GB, PROCESSOR), "A few seconds · 1.0 GB on the processor"),
        (
            Estimate(None, int(5.2 * GB), CARD),
            "5.2 GB on NVIDIA RTX 4070; the first run will tell how long it takes",
        ),
        (Estimate(200), "About 3 min"),
        (Estimate(), "The first run will tell how long it takes"),
        (
            Estimate(42, GB, CARD, ("offload", "smaller")),
            "About 40 s · 1.0 GB on NVIDIA RTX 4070 · lowered to fit the memory: one part at a time in memory, "
            "a smaller working size",
        ),
        (Estimate(None, 9 * GB, PROCESSOR, fits=False), "9.0 GB, but the processor has 8.0 GB free"),
        (Estimate(fits=False), ""),
    ],
)
def test_estimates(estimate: Estimate, text: str) -> None:
    assert estimate_text(estimate) == text


def test_what_was_lowered_is_named() -> None:
    assert lowered_text([]) == ""
    for each, text in LOWERED.items():
        assert each.isascii() and lowered_text([each]) == f"lowered to fit the memory: {text}"
    assert lowered_text(["unheard-of"]).endswith("unheard-of")


def test_everything_that_a_plan_gives_up_has_a_text() -> None:
    source = (ROOT / "inference" / "memory.py").read_text(encoding="utf-8")
    given_up = {*re.findall(r'yield "([a-z]+)"', source), "cpu"}
    refining = (ROOT / "inference" / "refine.py").read_text(encoding="utf-8")
    given_up.update(re.findall(r'lowered\.append\("([a-z]+)"\)', refining))
    assert given_up == LOWERED.keys()


def test_every_scheduler_has_a_name() -> None:
    assert {scheduler for info in ENGINES.values() for scheduler in info.schedulers} == SCHEDULERS.keys()
