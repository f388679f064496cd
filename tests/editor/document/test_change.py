"""A change leads from any tree of layers to any other, and the one back leads back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor.document.candidates import Candidate
from editor.document.change import Branch, CandidatesChange, DocumentChange
from editor.document.document import DeepPlanes, Document
from editor.document.geometry import Extent
from editor.document.guides import Guides
from editor.document.layers import FillLayer, Group, Layer, PaintLayer
from editor.document.tiles import TileMap

GROUPS = ["g0", "g1", "g2"]
LEAVES = ["a", "b", "c", "d"]


@st.composite
def trees(draw: st.DrawFn) -> Branch:
    """Some of the layers, each in some group that is there, in any order."""
    names = draw(st.permutations(GROUPS + LEAVES))[: draw(st.integers(0, 7))]
    children: dict[str, list[str]] = {"": []}
    for name in sorted(names, key=lambda each: (each not in GROUPS, names.index(each))):
        parent = draw(st.sampled_from(sorted(children)))
        children[parent].insert(draw(st.integers(0, len(children[parent]))), name)
        if name in GROUPS:
            children[name] = []

    def branch(name: str) -> Branch:
        return Branch(name, tuple(branch(child) for child in children.get(name, ())))

    return branch("")


def layer(name: str) -> Layer:
    return Group(name, id=name) if name in GROUPS else PaintLayer(name, id=name)


def document_of(tree: Branch) -> Document:
    document = Document(Extent(10, 10))

    def fill(group: Group, branch: Branch) -> None:
        for index, child in enumerate(branch.children):
            made = layer(child.id)
            document.insert(made, group, index)
            if isinstance(made, Group):
                fill(made, child)

    fill(document.root, tree)
    return document


def tree_of(group: Group, name: str = "") -> Branch:
    for child in group.children:
        assert child.parent is group
    return Branch(
        name,
        tuple(
            tree_of(child, child.id) if isinstance(child, Group) else Branch(child.id)
            for child in group.children
        ),
    )


@settings(max_examples=100, deadline=None)
@given(trees(), trees())
def test_any_tree_becomes_any_other_and_again_what_it_was(before: Branch, after: Branch) -> None:
    document = document_of(before)
    objects = {each.id: each for each in document.layers()}
    had, wanted = {each.id for each in before.walk()}, {each.id for each in after.walk()}
    change = DocumentChange(after, made={name: layer(name) for name in wanted - had})
    out = change.apply(document)
    assert tree_of(document.root) == after
    assert out.keys() == had - wanted
    assert all(objects[each.id] is each for each in document.layers() if each.id in had)

    again = DocumentChange(before, made=dict(out)).apply(document)
    assert tree_of(document.root) == before
    assert {each.id: each for each in document.layers()} == objects
    assert again.keys() == wanted - had


def test_a_document_that_is_another_one_is_left_alone() -> None:
    document = document_of(Branch("", (Branch("a"), Branch("g0", (Branch("b"),)))))
    for change in (
        DocumentChange(Branch("", (Branch("a"), Branch("c")))),
        DocumentChange(Branch("", (Branch("a"),)), values={"c": {"opacity": 0.5}}),
        DocumentChange(Branch(""), patches={("d", "pixels"): {}}),
    ):
        with pytest.raises(RuntimeError):
            change.apply(document)
    assert tree_of(document.root) == Branch("", (Branch("a"), Branch("g0", (Branch("b"),))))


def test_candidates_come_and_go_and_others_stay() -> None:
    document = Document(Extent(10, 10))
    candidates = [Candidate(n, n, TileMap(4)) for n in range(5)]
    fill = FillLayer("fill", candidates=tuple(candidates[:3]))
    document.insert(fill, document.root, 0)
    tree = Branch("", (Branch(fill.id),))
    change = CandidatesChange((candidates[4],), frozenset({0, 2}))
    DocumentChange(tree, candidates={fill.id: change}).apply(document)
    assert [each.number for each in fill.candidates] == [1, 4]


def test_all_planes_get_another_depth_those_of_layers_that_go_as_well() -> None:
    document = document_of(Branch("", (Branch("a"), Branch("b"))))
    a, b = document.root.children
    assert isinstance(a, PaintLayer) and isinstance(b, PaintLayer)
    for each in (a, b):
        each.pixels.exchange(TileMap.from_array(np.full((256, 256, 4), 9, np.uint8)).snapshot()._tiles)
    deep = TileMap.from_array(np.full((256, 256, 4), 9 * 257, np.uint16))
    planes = DeepPlanes(16, TileMap(1, depth=16), {"a": {"pixels": deep}})
    out = DocumentChange(Branch("", (Branch("a"),)), planes=planes).apply(document)
    assert document.depth == 16 and a.pixels is deep
    assert out == {"b": b} and b.pixels == deep


def test_guides_change_or_stay() -> None:
    document = document_of(Branch(""))
    document.set_guides(Guides((1,), (2, 3)))
    DocumentChange(Branch("")).apply(document)
    assert document.guides == Guides((1,), (2, 3))
    DocumentChange(Branch(""), guides=Guides()).apply(document)
    assert document.guides == Guides()


def test_who_hears_of_another_selection_finds_the_layers_that_were_there() -> None:
    """The active one may be among those that go."""
    document = document_of(Branch("", (Branch("a"), Branch("b"))))
    seen: list[Branch] = []
    document.selection_changed.connect(lambda _bounds: seen.append(tree_of(document.root)))
    tile = np.full((256, 256), 255, np.uint8)
    tile.flags.writeable = False
    DocumentChange(Branch("", (Branch("a"),)), selection={(0, 0): tile}).apply(document)
    assert seen == [Branch("", (Branch("a"), Branch("b")))]
    assert tree_of(document.root) == Branch("", (Branch("a"),)) and document.selection
