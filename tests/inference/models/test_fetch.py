"""The speed of a download, from what was done when."""

from __future__ import annotations

import pytest

from inference.models.fetch import Meter


def test_the_speed_is_that_of_the_last_seconds() -> None:
    meter = Meter()
    assert meter.rate is None
    for second in range(5):
        meter.add(second, 1000 * second)
    assert meter.rate == pytest.approx(1000)
    for second in range(5, 30):
        meter.add(second, 4000 + 10 * (second - 4))
    assert meter.rate == pytest.approx(10)


def test_what_was_there_already_is_no_speed() -> None:
    meter = Meter()
    meter.add(0.0, 0)
    meter.add(0.9, 5 << 30)
    assert meter.rate is None
    meter.add(1.9, (5 << 30) + 1000)
    assert meter.rate == pytest.approx(1000)


def test_nothing_is_told_of_the_first_moment() -> None:
    meter = Meter()
    meter.add(0.0, 0)
    meter.add(0.1, 100_000)
    assert meter.rate is None
