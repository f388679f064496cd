"""A few of the mangled files of ``tests.fuzz``; the command opens many more of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import attempt, mangled, seeds


@pytest.fixture
def unlogged() -> Iterator[None]:
    """What is only warned of is no failure."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_whole_files_open(name: str, tmp_path: Path) -> None:
    assert attempt(name, seeds()[name], tmp_path) is None


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_a_mangled_file_opens_or_is_refused_with_a_sentence(
    tmp_path: Path, unlogged: None, number: int
) -> None:
    attempt(*mangled(number), tmp_path)


def test_a_number_always_makes_the_same_file() -> None:
    assert mangled(123) == mangled(123)
    assert len({mangled(number) for number in range(50)}) > 45
