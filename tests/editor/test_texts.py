"""Text that is looked up: every stage that an engine reports has one, and figures read as people say them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.texts import STAGES, bytes_text, duration_text, stage_text

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
