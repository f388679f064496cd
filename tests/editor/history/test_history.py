"""History: the corners, one by one. The state machine beside this file finds the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from editor.document.document import Document
from editor.document.geometry import TILE, Extent
from editor.document.layers import PaintLayer
from editor.document.tiles import TilePatch, frozen
from editor.history.commands import ChangeTiles, Command, SetProperty
from editor.history.history import MIN_STEPS, History

BYTES = TILE * TILE * 4


class Scene:
    """One layer, and short ways to edit it."""

    def __init__(self, budget: int) -> None:
        self.document = Document(Extent(TILE, TILE))
        self.layer = PaintLayer("layer")
        self.document.insert(self.layer, self.document.root, 0)
        self.history = History(budget)
        self.changes = 0
        self.history.changed.connect(self._count)

    def _count(self) -> None:
        self.changes += 1

    def opacity(self, value: float, gesture: object = None) -> None:
        self.history.do(SetProperty("Opacity", self.document, self.layer, "opacity", value, gesture))

    def paint(self, value: int) -> None:
        """With noise, and another each time, which cannot be packed."""
        tile = np.random.default_rng(value).integers(0, 256, (TILE, TILE, 4), dtype=np.uint8)
        tile[0, 0] = value
        patch: TilePatch = {(0, 0): frozen(tile)}
        self.history.do(ChangeTiles(f"Paint {value}", self.document, self.layer, "pixels", patch))

    @property
    def colour(self) -> int:
        tile = self.layer.pixels.tile((0, 0))
        return 0 if tile is None else int(tile[0, 0, 0])


@pytest.fixture
def make_scene() -> Iterator[Callable[[int], Scene]]:
    """Scenes with budgets, closed at the end."""
    scenes: list[Scene] = []

    def make(budget: int) -> Scene:
        scenes.append(Scene(budget))
        return scenes[-1]

    yield make
    for scene in scenes:
        scene.history.close()


@pytest.fixture
def scene(make_scene: Callable[[int], Scene]) -> Scene:
    return make_scene(1 << 40)


def raising(scene: Scene) -> Command:
    class Broken(Command):
        def do(self) -> None:
            raise RuntimeError("broken")

        undo = do

    return Broken("Broken")


def test_a_new_history_is_clean_and_empty(scene: Scene) -> None:
    history = scene.history
    assert history.is_clean
    assert not history.can_undo
    assert not history.can_redo
    assert history.labels == []
    assert history.position == 0
    history.undo()
    history.redo()
    history.go_to(5)
    history.go_to(-5)
    assert scene.changes == 0


def test_undo_redo_and_go_to(scene: Scene) -> None:
    for value in (1, 2, 3):
        scene.paint(value)
    history = scene.history
    assert history.labels == ["Paint 1", "Paint 2", "Paint 3"]
    history.undo()
    assert (scene.colour, history.position, history.can_redo) == (2, 2, True)
    history.redo()
    assert (scene.colour, history.position, history.can_redo) == (3, 3, False)
    history.go_to(0)
    assert (scene.colour, history.can_undo) == (0, False)
    history.go_to(2)
    assert scene.colour == 2
    history.go_to(99)
    assert scene.colour == 3
    assert scene.changes == 3 + 2 + 3 + 2 + 1


def test_an_edit_after_undo_takes_the_redo_tail_away(scene: Scene) -> None:
    for value in (1, 2, 3):
        scene.paint(value)
    scene.history.go_to(1)
    scene.paint(9)
    assert scene.history.labels == ["Paint 1", "Paint 9"]
    assert not scene.history.can_redo
    scene.history.undo()
    assert scene.colour == 1


def test_a_recorded_command_is_kept_without_being_done(scene: Scene) -> None:
    command = SetProperty("Opacity", scene.document, scene.layer, "opacity", 0.3)
    command.do()
    scene.history.record(command)
    assert scene.layer.opacity == 0.3
    scene.history.undo()
    assert scene.layer.opacity == 1.0


def test_one_gesture_is_one_step(scene: Scene) -> None:
    drag = object()
    for value in (0.9, 0.5, 0.2):
        scene.opacity(value, drag)
    scene.opacity(0.1, object())
    scene.opacity(0.4)
    scene.opacity(0.3)
    assert len(scene.history.labels) == 4
    scene.history.go_to(1)
    assert scene.layer.opacity == 0.2
    scene.history.undo()
    assert scene.layer.opacity == 1.0


def test_nothing_merges_across_the_clean_mark(scene: Scene) -> None:
    drag = object()
    scene.opacity(0.9, drag)
    scene.history.mark_clean()
    scene.opacity(0.5, drag)
    assert len(scene.history.labels) == 2
    assert not scene.history.is_clean
    scene.history.undo()
    assert scene.history.is_clean
    assert scene.layer.opacity == 0.9


def test_undo_then_a_merging_edit_is_a_step_of_its_own(scene: Scene) -> None:
    drag = object()
    scene.opacity(0.9, drag)
    scene.paint(1)
    scene.history.undo()
    scene.opacity(0.5, drag)
    assert scene.history.labels == ["Opacity", "Opacity"]
    scene.history.undo()
    assert scene.layer.opacity == 0.9


def test_the_clean_mark_dies_with_the_redo_tail(scene: Scene) -> None:
    scene.paint(1)
    scene.history.mark_clean()
    scene.history.undo()
    assert not scene.history.is_clean
    scene.paint(2)  # the same number of steps as what is on disk, and not what is on disk
    assert not scene.history.is_clean
    scene.history.undo()
    scene.history.redo()
    assert not scene.history.is_clean


def test_the_budget_drops_the_oldest_steps_but_some(make_scene: Callable[[int], Scene]) -> None:
    scene = make_scene(3 * BYTES)
    for value in range(1, 11):
        scene.paint(value)
    scene.history.wait()
    scene.history.trim()
    assert len(scene.history.labels) == MIN_STEPS
    assert scene.history.nbytes == MIN_STEPS * BYTES
    scene.history.go_to(0)
    assert scene.colour == 5
    roomy = make_scene(7 * BYTES)
    for value in range(1, 11):
        roomy.paint(value)
    roomy.history.wait()
    roomy.history.trim()
    assert len(roomy.history.labels) == 7
    assert roomy.history.nbytes == 7 * BYTES
    roomy.history.budget, before = 6 * BYTES, roomy.changes
    for _ in range(2):
        roomy.history.trim()
        assert len(roomy.history.labels) == 6
        assert roomy.changes == before + 1


def test_steps_are_packed_before_any_is_dropped(make_scene: Callable[[int], Scene]) -> None:
    scene = make_scene(3 * BYTES)
    noise = np.random.default_rng(0).integers(0, 256, (TILE, TILE, 4), dtype=np.uint8)
    for value in range(12):  # each touches a corner of a photograph
        noise = noise.copy()
        noise[:32, :32] = value
        patch: TilePatch = {(0, 0): frozen(noise)}
        scene.history.do(ChangeTiles("Stroke", scene.document, scene.layer, "pixels", patch))
    scene.history.wait()
    scene.history.trim()
    assert len(scene.history.labels) == 12
    assert scene.history.nbytes <= 3 * BYTES
    for value in range(10, -1, -1):
        scene.history.undo()
        assert scene.colour == value
        tile = scene.layer.pixels.tile((0, 0))
        assert tile is not None and not tile.flags.writeable
        assert np.array_equal(tile[32:], noise[32:])
    scene.history.go_to(12)
    assert np.array_equal(scene.layer.pixels.read(scene.document.canvas), noise)


def test_a_closed_history_packs_no_more_until_the_next_step(make_scene: Callable[[int], Scene]) -> None:
    scene = make_scene(0)
    for value in range(1, 9):
        scene.paint(value)
    scene.history.close()
    assert len(scene.history.labels) >= MIN_STEPS
    scene.history.undo()
    assert scene.colour == 7


def test_a_clean_mark_that_is_trimmed_past_never_comes_back(make_scene: Callable[[int], Scene]) -> None:
    scene = make_scene(0)
    scene.paint(1)
    scene.history.mark_clean()
    for value in range(2, 2 + MIN_STEPS):
        scene.paint(value)
    scene.history.wait()
    scene.history.trim()
    scene.history.go_to(0)
    assert (scene.colour, scene.history.is_clean) == (1, True)  # the oldest state that is left
    scene.history.go_to(99)
    scene.paint(50)
    scene.history.wait()
    scene.history.trim()
    scene.history.go_to(0)
    assert (scene.colour, scene.history.is_clean) == (2, False)


def test_a_command_that_raises_leaves_no_trace(scene: Scene) -> None:
    scene.paint(1)
    scene.paint(2)
    scene.history.undo()
    before = scene.changes
    with pytest.raises(RuntimeError, match="broken"):
        scene.history.do(raising(scene))
    assert scene.history.labels == ["Paint 1", "Paint 2"]
    assert scene.history.can_redo
    assert scene.changes == before


def test_a_macro_is_one_step(scene: Scene) -> None:
    with scene.history.macro("Both"):
        scene.paint(1)
        assert not scene.history.can_undo
        assert not scene.history.can_redo
        scene.history.undo()
        with scene.history.macro("Inner"):
            scene.opacity(0.5)
        with scene.history.macro("Empty"):
            pass
    assert scene.history.labels == ["Both"]
    assert scene.changes == 1
    scene.history.undo()
    assert (scene.colour, scene.layer.opacity) == (0, 1.0)
    scene.history.redo()
    assert (scene.colour, scene.layer.opacity) == (1, 0.5)


def test_an_empty_macro_is_no_step(scene: Scene) -> None:
    scene.paint(1)
    scene.history.undo()
    with scene.history.macro("Nothing"):
        pass
    assert scene.history.labels == ["Paint 1"]
    assert scene.history.can_redo


def inner_macro_that_raises(scene: Scene) -> None:
    with scene.history.macro("Inner"):
        scene.opacity(0.1)
        scene.history.do(raising(scene))


def interrupted(scene: Scene) -> None:
    scene.opacity(0.1)
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("block", "error"),
    [
        (lambda scene: scene.history.do(raising(scene)), RuntimeError),
        (inner_macro_that_raises, RuntimeError),
        (interrupted, KeyboardInterrupt),
    ],
)
def test_a_macro_that_raises_half_way_leaves_no_trace(
    scene: Scene, block: Callable[[Scene], None], error: type[BaseException]
) -> None:
    scene.paint(1)
    scene.paint(2)
    scene.history.undo()

    def attempt() -> None:
        with scene.history.macro("Both"):
            scene.paint(3)
            block(scene)

    with pytest.raises(error):
        attempt()
    assert (scene.colour, scene.layer.opacity) == (1, 1.0)
    assert scene.history.labels == ["Paint 1", "Paint 2"]
    assert scene.history.can_undo
    assert scene.history.can_redo


def test_an_inner_macro_that_raises_and_is_caught_undoes_only_itself(scene: Scene) -> None:
    with scene.history.macro("Outer"):
        scene.paint(1)
        with pytest.raises(RuntimeError):
            inner_macro_that_raises(scene)
        assert scene.colour == 1
        scene.opacity(0.5)
    scene.history.undo()
    assert (scene.colour, scene.layer.opacity) == (0, 1.0)
    assert scene.history.labels == ["Outer"]


def test_what_was_written_is_clean_whatever_has_come_since(scene: Scene) -> None:
    scene.paint(1)
    state = scene.history.state
    scene.paint(2)
    scene.history.mark_clean(state)
    assert not scene.history.is_clean
    scene.history.undo()
    assert scene.history.is_clean


def test_a_state_that_is_gone_is_nowhere_clean(scene: Scene) -> None:
    scene.paint(1)
    state = scene.history.state
    scene.history.undo()
    scene.paint(2)
    scene.history.mark_clean(state)
    for _ in range(2):
        assert not scene.history.is_clean
        scene.history.undo()


def test_the_oldest_state_survives_trimming(scene: Scene) -> None:
    for value in range(1, 4):
        scene.paint(value)
    state = scene.history.state
    scene.history.budget = 0
    for value in range(4, 4 + MIN_STEPS):
        scene.paint(value)
    scene.history.wait()
    scene.history.trim()
    assert len(scene.history.labels) == MIN_STEPS
    scene.history.mark_clean(state)
    scene.history.go_to(0)
    assert scene.history.is_clean
