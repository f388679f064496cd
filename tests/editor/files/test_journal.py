"""A document in a journal and back, what is written of it, and what happens where it cannot be."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editor.document.document import Document
from editor.document.geometry import TILE, Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap, frozen
from editor.files import journal_encode
from editor.files.journal import Journal, Keep, Point
from editor.files.journal_decode import JournalReader
from editor.files.journal_encode import JournalEncoder
from editor.files.journal_store import JournalDamaged, JournalError, JournalStore
from editor.files.journal_upkeep import drop_steps, file_hash, finish_kept
from tests.editor.journal_support import digest, fill_layer, plane, recipe, small_document

TILES = 40


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JournalStore]:
    made = JournalStore(tmp_path / "a.sqlite", create=True)
    yield made
    made.close()


def rows(store: JournalStore) -> tuple[int, int]:
    """Nodes and tiles."""
    return store._run("SELECT COUNT(*) FROM node")[0][0], store._run("SELECT COUNT(*) FROM tile")[0][0]


def put(store: JournalStore, encoder: JournalEncoder, number: int, document: Document) -> None:
    with store.transaction():
        store.put_step(number, f"Step {number}", encoder.state(document, None))


# Documents


@st.composite
def layers(draw: st.DrawFn, depth: Depth, levels: int = 2) -> Layer:
    number = draw(st.integers(0, 6))
    kind = draw(st.sampled_from(["paint", "fill", "group"] if levels else ["paint", "fill"]))
    x = draw(st.sampled_from([-700, 0, 200, 5000]))
    values: dict[str, Any] = {
        "name": draw(st.text(max_size=5)),
        "visible": draw(st.booleans()),
        "opacity": draw(st.floats(0, 1)),
        "blend_mode": draw(st.sampled_from(["normal", "multiply"])),
        "locked": draw(st.booleans()),
        "clipped": draw(st.booleans()),
        "mask": draw(st.sampled_from([None, plane(number, 1, depth, 70, x), TileMap(1, depth=depth)])),
    }
    if kind == "group":
        children = draw(st.lists(layers(depth, levels - 1), max_size=3))
        return Group(**values, isolated=draw(st.booleans()), children=children)
    values["pixels"] = draw(st.sampled_from([plane(number, 4, depth, 90, x), TileMap(4, depth=depth)]))
    if kind == "paint":
        return PaintLayer(**values)
    candidates = fill_layer(number, draw(st.integers(0, 2))).candidates if depth == 8 else ()
    made = draw(st.sampled_from([None, recipe(number)]))
    return FillLayer(**values, recipe=made, candidates=candidates, taken=draw(st.sampled_from([None, 1])))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    depth: Depth = draw(st.sampled_from([8, 16]))
    document = Document(Extent(draw(st.integers(1, 9000)), draw(st.integers(1, 900))), depth=depth)
    document.metadata.resolution = draw(st.sampled_from([None, (72.0, 300.5)]))
    document.metadata.icc_profile = draw(st.sampled_from([None, b"", b"profile"]))
    document.metadata.xmp = draw(st.sampled_from([None, b"\0x"]))
    document.selection = draw(st.sampled_from([document.plane(1), plane(3, 1, depth)]))
    positions = st.lists(st.integers(-9000, 9000), max_size=4)
    document.guides = Guides.of(draw(positions), draw(positions))
    for index, layer in enumerate(draw(st.lists(layers(depth), max_size=4))):
        document.insert(layer, document.root, index)
    return document


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(documents=st.lists(documents(), min_size=1, max_size=3))
def test_every_document_comes_back_as_it_was(store: JournalStore, documents: list[Document]) -> None:
    encoder = JournalEncoder(store)
    for number, document in enumerate(documents):
        put(store, encoder, number, document)
    for number, document in enumerate(documents):
        assert digest(JournalReader(store).document(number).document) == digest(document)


def test_a_journal_from_before_guides_has_none(store: JournalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    document = small_document()
    document.set_guides(Guides((5,), (7,)))
    write = journal_encode._json
    monkeypatch.setattr(
        journal_encode, "_json", lambda values: write({k: v for k, v in values.items() if k != "guides"})
    )
    put(store, JournalEncoder(store), 0, document)
    back = JournalReader(store).document(0).document
    assert not back.guides
    back.set_guides(document.guides)
    assert digest(back) == digest(document)


@pytest.mark.parametrize("guides", [None, 5, [[1]], {"horizontal": []}])
def test_guides_that_cannot_be_are_damage(
    store: JournalStore, monkeypatch: pytest.MonkeyPatch, guides: Any
) -> None:
    write = journal_encode._json
    monkeypatch.setattr(
        journal_encode,
        "_json",
        lambda values: write({**values, "guides": guides} if "guides" in values else values),
    )
    put(store, JournalEncoder(store), 0, small_document())
    with pytest.raises(JournalDamaged):
        JournalReader(store).document(0)


def test_tiles_that_planes_share_are_stored_and_held_once(store: JournalStore) -> None:
    document = small_document()
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    document.insert(PaintLayer("Twin", pixels=layer.pixels.snapshot()), document.root, 1)
    put(store, JournalEncoder(store), 0, document)
    assert rows(store)[1] == len(layer.pixels)
    back = JournalReader(store).document(0).document
    assert back.nbytes == layer.nbytes
    assert not any(
        tile.flags.writeable for each in back.layers() for p in each.planes() for tile in p.tiles()
    )


def test_of_a_changed_layer_only_what_has_changed_is_written(store: JournalStore) -> None:
    document = Document(Extent(TILES * TILE, TILES * TILE))
    rng = np.random.default_rng(0)
    tile = frozen(rng.integers(0, 256, (TILE, TILE, 4), np.uint8))
    for index in range(3):
        layer = PaintLayer(str(index))
        layer.pixels.exchange({(x, y): tile for x in range(TILES) for y in range(TILES)})
        document.insert(layer, document.root, index)
    encoder = JournalEncoder(store)
    put(store, encoder, 0, document)
    nodes, tiles = rows(store)
    assert tiles == 1
    new = frozen(rng.integers(0, 256, (TILE, TILE, 4), np.uint8))
    document.exchange(document.root.children[1], "pixels", {(3, 3): new, (4, 3): None})
    put(store, encoder, 1, document.snapshot())
    # the chunk that both lie in, the plane, the layer, the state
    assert rows(store) == (nodes + 4, tiles + 1)
    change = JournalReader(store).change(1, 0, ())
    ((key, patch),) = change.patches.items()
    assert key == (document.root.children[1].id, "pixels") and patch.keys() == {(3, 3), (4, 3)}
    assert not change.values and not change.selection and not change.made


def test_what_is_forgotten_is_written_again(store: JournalStore) -> None:
    encoder, document = JournalEncoder(store), small_document()
    put(store, encoder, 0, document)
    with store.transaction():
        store.delete_step(0)
        store.keep_only(set(), set())
    encoder.forget()
    put(store, encoder, 1, document)
    assert digest(JournalReader(store).document(1).document) == digest(document)


def test_dropped_steps_take_along_what_only_they_needed(store: JournalStore) -> None:
    encoder, document = JournalEncoder(store), small_document()
    put(store, encoder, 0, document)
    before = rows(store)
    document.insert(fill_layer(5), document.root, 1)
    document.selection = plane(8, 1)
    put(store, encoder, 1, document)
    drop_steps(store, [1])
    assert rows(store) == before
    encoder.forget()
    put(store, encoder, 2, document)
    drop_steps(store, [0])
    assert digest(JournalReader(store).document(2).document) == digest(document)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM tile",
        "UPDATE tile SET data = zeroblob(length(data))",
        "UPDATE tile SET data = substr(data, 2)",
        "UPDATE tile SET form = form + 1",
        "UPDATE tile SET form = 0",
        "DELETE FROM node",
        "UPDATE node SET data = data || x'00'",
        "UPDATE node SET data = x''",
        "UPDATE step SET state = x'00'",
        "DELETE FROM step",
    ],
)
def test_damage_is_told_and_never_shown(store: JournalStore, damage: str) -> None:
    encoder, document = JournalEncoder(store), small_document()
    put(store, encoder, 0, document)
    document.insert(fill_layer(1), document.root, 0)
    put(store, encoder, 1, document)
    store._run(damage)
    reader = JournalReader(store)
    with pytest.raises(JournalDamaged):
        reader.document(1)
    with pytest.raises(RuntimeError):
        reader.change(0, 1, ())


def test_a_layer_that_no_journal_knows_is_an_error(store: JournalStore) -> None:
    document = small_document()
    document.root.children[0].name = object()  # type: ignore[assignment]
    with pytest.raises(TypeError):
        JournalEncoder(store).state(document, None)


# The writing thread


@dataclass
class Desk:
    """A journal, and what it tells."""

    journal: Journal
    problems: list[str] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    def record(self, now: int, document: Document, states: tuple[int, ...] | None = None) -> None:
        self.journal.record(
            Point(states or tuple(range(now + 1)), now, str(now), document.snapshot(), None, True)
        )

    def end(self, keep: Keep | None = None) -> None:
        self.journal.finish(keep)
        self.journal.wait()


def desk(path: Path, **values: Any) -> Desk:
    problems: list[str] = []
    written: list[int] = []
    return Desk(Journal(path, problems.append, written.append, **values), problems, written)


def painted(document: Document, seed: int) -> Document:
    layer = document.root.children[0]
    assert isinstance(layer, PaintLayer)
    document.exchange(layer, "pixels", {(0, 0): plane(seed, side=TILE).tile((0, 0))})
    return document


def test_points_are_written_in_their_order(tmp_path: Path) -> None:
    mine, document = desk(tmp_path / "a.sqlite"), small_document()
    for number in range(5):
        mine.record(number, painted(document, number))
    mine.journal.flush()
    assert mine.written == [0, 1, 2, 3, 4] and not mine.problems
    store = mine.journal._store
    assert store is not None and store.steps() == [(n, str(n)) for n in range(5)]
    assert store.fact("thumbnail").startswith(b"\x89PNG")
    assert mine.journal.is_busy
    mine.end()
    assert not mine.journal.is_busy and not list(tmp_path.iterdir())


def test_what_no_later_point_reaches_is_not_written(tmp_path: Path) -> None:
    """A drag of a slider gives points by the hundred."""
    mine, document = desk(tmp_path / "a.sqlite"), small_document()
    held = threading.Event()
    mine.journal._put(lambda: bool(held.wait()))  # type: ignore[arg-type]
    for number in range(1, 20):
        mine.record(number, painted(document, number), (0, number))
    held.set()
    mine.journal.flush()
    store = mine.journal._store
    assert store is not None and [number for number, _label in store.steps()] == [19]
    assert rows(store)[1] == len(document.root.children[0].pixels)  # type: ignore[attr-defined]
    mine.end()


def test_a_full_disk_is_told_once_and_made_up_for(tmp_path: Path) -> None:
    mine, document = desk(tmp_path / "a.sqlite"), small_document()
    mine.record(0, document)
    mine.journal.flush()
    store = mine.journal._store
    assert store is not None
    store._run(f"PRAGMA max_page_count = {store._pragma('page_count')}")
    for number in (1, 2):
        mine.record(number, painted(document, number))
    mine.journal.flush()
    assert len(mine.problems) == 1 and "disk is full" in mine.problems[0] and mine.written == [0]
    assert [number for number, _label in store.steps()] == [0]
    store._run("PRAGMA max_page_count = 100000")
    mine.record(3, painted(document, 3))
    mine.journal.flush()
    assert mine.written == [0, 3] and len(mine.problems) == 1
    reader = JournalReader(store)
    assert digest(reader.document(3).document) == digest(document)
    assert [number for number, _label in store.steps()] == [0, 3]
    mine.end()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    mine = desk(tmp_path / "file" / "a.sqlite")
    mine.record(0, small_document())
    mine.journal.flush()
    assert len(mine.problems) == 1 and "cannot be kept" in mine.problems[0]
    mine.end()


def test_facts_wait_for_the_first_point(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    mine = desk(path)
    mine.journal.set_facts(title="a")
    mine.journal.flush()
    assert not path.exists()
    mine.record(0, small_document())
    mine.journal.set_facts(title="b", file="c")
    mine.journal.flush()
    store = mine.journal._store
    assert store is not None and (store.fact("title"), store.fact("file")) == ("b", "c")
    mine.end()


def test_over_its_limit_the_older_half_goes(tmp_path: Path) -> None:
    mine, document = desk(tmp_path / "a.sqlite", limit=1 << 20), small_document()
    for number in range(40):
        mine.record(number, painted(document, number))
    mine.journal.flush()
    store = mine.journal._store
    assert store is not None and not mine.problems
    numbers = [number for number, _label in store.steps()]
    assert numbers == list(range(numbers[0], 40)) and numbers[0] > 5
    assert store.nbytes < 2 << 20
    for number in numbers:
        JournalReader(store).document(number)
    mine.end()


def test_what_a_restored_history_stands_on_is_not_dropped(tmp_path: Path) -> None:
    path, document = tmp_path / "a.sqlite", small_document()
    store = JournalStore(path, create=True)
    encoder = JournalEncoder(store)
    for number in range(8):
        put(store, encoder, number, painted(document, number))
    with store.transaction():
        store.set_fact("now", 7)
    mine = desk(path, limit=1, store=store)
    for number in range(8, 30):
        mine.record(number, painted(document, number))
    mine.journal.flush()
    numbers = [number for number, _label in store.steps()]
    assert numbers[:8] == list(range(8)) and numbers[-1] == 29 and len(numbers) < 25
    mine.end()


def test_a_finished_one_is_kept_within_its_limit(tmp_path: Path) -> None:
    path, file = tmp_path / "a.sqlite", tmp_path / "a.ora"
    file.write_bytes(b"picture")
    mine, document = desk(path), small_document()
    mine.journal._limit = 1 << 40
    for number in range(12):
        mine.record(number, painted(document, number))
    mine.journal.saved(file, 9, {})
    mine.journal.flush()
    mine.journal._limit = 1 << 19
    mine.end(Keep(tmp_path / "kept.sqlite", unsaved=True))
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["a.ora", "kept.sqlite"]
    store = JournalStore(tmp_path / "kept.sqlite")
    numbers = [number for number, _label in store.steps()]
    assert numbers[-1] == 9 and 0 < len(numbers) < 10 and store.fact("now") == 9
    assert (tmp_path / "kept.sqlite").stat().st_size <= 1 << 19
    assert store.fact("file_hash") == file_hash(file)
    store.close()


def test_one_whose_picture_alone_is_over_the_limit_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "a.ora"
    file.write_bytes(b"picture")
    mine, document = desk(tmp_path / "a.sqlite", limit=1000), small_document()
    for number in range(2):
        mine.record(number, painted(document, number))
    mine.journal.saved(file, 1, {})
    mine.end(Keep(tmp_path / "kept.sqlite", unsaved=False))
    assert [each.name for each in tmp_path.iterdir()] == ["a.ora"]


def test_a_state_that_could_not_be_written_is_when_it_is_come_to_again(tmp_path: Path) -> None:
    mine, document = desk(tmp_path / "a.sqlite"), small_document()
    mine.record(0, document)
    mine.journal.flush()
    store, before = mine.journal.store, document.snapshot()
    assert store is not None
    store._run(f"PRAGMA max_page_count = {store._pragma('page_count')}")
    mine.record(1, painted(document, 1))
    mine.journal.flush()
    store._run("PRAGMA max_page_count = 100000")
    for now, each in ((0, before), (1, document)):  # undone, and done again
        mine.journal.record(Point((0, 1), now, str(now), each.snapshot(), None, False))
    mine.journal.flush()
    assert store.fact("now") == 1 and len(mine.problems) == 1
    assert digest(JournalReader(store).document(1).document) == digest(document)
    mine.end()


def test_one_without_its_saved_state_is_not_kept(tmp_path: Path) -> None:
    mine = desk(tmp_path / "a.sqlite")
    mine.record(0, small_document())
    mine.end(Keep(tmp_path / "kept.sqlite", unsaved=False))
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_written_meanwhile_has_no_hash(tmp_path: Path, store: JournalStore) -> None:
    file = tmp_path / "a.ora"
    file.write_bytes(b"ours")
    mine = desk(tmp_path / "b.sqlite")
    held = threading.Event()
    mine.record(0, small_document())
    mine.journal._put(lambda: bool(held.wait()))  # type: ignore[arg-type]
    mine.journal.saved(file, 0, {})
    file.write_bytes(b"another's")
    held.set()
    mine.journal.flush()
    written = mine.journal._store
    assert written is not None and written.fact("file_hash") is None and written.fact("saved") == 0
    with pytest.raises(JournalError):
        finish_kept(written, False, 1 << 40)
    mine.end()
