"""Fill recipes: to JSON and back, and what is no recipe."""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds
from editor.document.recipe import VERSION, FillRecipe
from editor.document.tiles import TileMap
from inference.choices import REFINE_CHOICES, START_CHOICES

RECIPE = FillRecipe("content-aware", 7, Bounds(1, 2, 3, 4), (64, 32), grow=4, feather=8)
ZEROS = base64.b64encode(zlib.compress(bytes(12))).decode()
numbers = st.integers(-(2**40), 2**63)


@given(
    st.builds(
        FillRecipe,
        engine=st.text(),
        seed=numbers,
        context=st.builds(Bounds, numbers, numbers, numbers, numbers),
        working_size=st.tuples(numbers, numbers),
        grow=numbers,
        feather=numbers,
        model=st.none() | st.text(),
        model_hash=st.none() | st.text(),
        prompt=st.text(),
        negative_prompt=st.text(),
        steps=st.none() | numbers,
        guidance=st.none() | st.floats(allow_nan=False),
        colour_adaptation=st.booleans(),
        start=st.sampled_from(START_CHOICES),
        refine=st.sampled_from(REFINE_CHOICES),
        mixed=st.lists(numbers).map(tuple),
        facts=st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.floats(-9, 9)),
    )
)
def test_to_json_and_back(recipe: FillRecipe) -> None:
    assert FillRecipe.from_json(recipe.to_json(), recipe.selection) == recipe


def test_the_selection_travels_apart_from_the_text() -> None:
    selection = TileMap.from_array(np.full((3, 3), 9, np.uint8))
    again = FillRecipe.from_json(RECIPE.to_json(), selection)
    assert again.selection is selection
    assert again != RECIPE
    assert "selection" not in json.loads(RECIPE.to_json())
    assert json.loads(RECIPE.to_json())["version"] == VERSION


def changed(**values: object) -> str:
    return json.dumps({**json.loads(RECIPE.to_json()), **values})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        "{}",
        '{"version": 1}',
        '{"version": "one"}',
        changed(version=VERSION + 1),
        changed(surprise=1),
        changed(colour_adaptation=1),
        changed(start=None),
        changed(refine=True),
        changed(context=None),
        changed(context={"x": 1}),
        changed(working_size=5),
        changed(working_size=[1, 2, 3]),
        changed(working_size=["wide", 2]),
        changed(references=[{"shape": [1 << 20, 1 << 20, 3], "pixels": ZEROS, "weight": 1}]),
        changed(references=[{"shape": [0, 0, 3], "pixels": ZEROS, "weight": 1}]),
        '{"version": 1, "context": {"x":0,"y":0,"width":1,"height":1}, "working_size": [Infinity, 1]}',
    ],
)
def test_what_is_no_recipe(text: str) -> None:
    with pytest.raises(ValueError):
        FillRecipe.from_json(text, TileMap(1))


def test_of_another_candidate_and_of_a_mix() -> None:
    other = Candidate(2, 8, TileMap(4), {"model_hash": "abc"})
    taken = RECIPE.of(other)
    assert (taken.seed, taken.facts, taken.model_hash, taken.mixed) == (8, other.facts, "abc", ())
    mix = RECIPE.mixed_with(other)
    assert (mix.seed, mix.mixed) == (7, (7, 8))
    assert mix.mixed_with(Candidate(3, 9, TileMap(4))).mixed == (7, 8, 9)
    assert mix.of(other) == taken
