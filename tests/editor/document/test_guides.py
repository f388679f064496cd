"""Guides are sorted, each but once, bounded, and never anything but edges between pixels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.geometry import Bounds, Extent
from editor.document.guides import DIRECTIONS, MAX_GUIDES, MAX_OFFSET, Direction, Guides

positions = st.lists(st.integers(-1000, 1000), max_size=8)
guides = st.builds(Guides.of, positions, positions)
directions = st.sampled_from(DIRECTIONS)
anything = st.none() | st.booleans() | st.text() | st.integers() | st.floats() | st.lists(st.integers())


@given(st.lists(anything), st.lists(anything))
def test_whatever_a_file_says_becomes_guides(horizontal: list[object], vertical: list[object]) -> None:
    made = Guides.of(horizontal, vertical)
    for positions in (made.horizontal, made.vertical):
        assert list(positions) == sorted(set(positions))
        assert all(type(each) is int and abs(each) <= MAX_OFFSET for each in positions)
    plain = {each for each in horizontal if type(each) is int and abs(each) <= MAX_OFFSET}
    assert plain <= set(made.horizontal)


def test_what_is_too_much_is_left_out() -> None:
    assert len(Guides.of(range(100_000), ()).horizontal) == MAX_GUIDES
    assert Guides.of([float("nan"), float("inf"), 10**400, 1e300, 7.6], ["5", True, None]) == Guides((8,), ())


@given(guides, directions, st.integers(-1000, 1000))
def test_one_more_and_one_less(before: Guides, direction: Direction, position: int) -> None:
    more = before.added(direction, position)
    assert position in more.at(direction)
    assert Guides.of(more.horizontal, more.vertical) == more
    less = more.removed(direction, position)
    assert less == before.removed(direction, position)
    assert more.nbytes >= less.nbytes
    assert bool(more) and len(less) == len(more) - 1


@given(guides, st.integers(-50, 50), st.integers(-50, 50))
def test_moved_there_and_back(before: Guides, dx: int, dy: int) -> None:
    there = before.moved(dx, dy)
    assert there.moved(-dx, -dy) == before
    assert [x - dx for x in there.vertical] == list(before.vertical)
    assert [y - dy for y in there.horizontal] == list(before.horizontal)


@given(guides, directions, st.floats(-1100, 1100), st.floats(0, 300))
def test_the_nearest_within_reach(each: Guides, direction: Direction, at: float, reach: float) -> None:
    found = each.nearest(direction, at, reach)
    distances = [abs(position - at) for position in each.at(direction)]
    if found is None:
        assert all(distance > reach for distance in distances)
    else:
        assert found in each.at(direction) and abs(found - at) == min(distances) <= reach


def test_there_is_an_end_of_adding() -> None:
    full = Guides.of(range(MAX_GUIDES), ())
    assert full.added("horizontal", 5) == full
    with pytest.raises(ValueError, match="1000 horizontal guides"):
        full.added("horizontal", MAX_GUIDES)
    assert full.added("vertical", 5).vertical == (5,)


def test_a_document_tells_of_others_once() -> None:
    document, told = Document(Extent(20, 10)), []
    document.guides_changed.connect(lambda: told.append(document.guides))
    assert document.set_guides(Guides((3,))) == Guides()
    assert document.set_guides(Guides((3,))) == Guides((3,))
    assert told == [Guides((3,))]
    assert document.snapshot().guides == Guides((3,))


def test_guides_stay_where_they_are_in_the_picture() -> None:
    document = Document(Extent(20, 10))
    document.set_guides(Guides((3, 10), (0,)))
    before = document.exchange_planes(document.planes_within(Bounds(-5, -7, 40, 30)))
    assert document.guides == Guides((10, 17), (5,))
    document.exchange_planes(before)
    assert document.guides == Guides((3, 10), (0,))
    document.exchange_planes(document.planes(16))
    assert document.guides == Guides((3, 10), (0,))
