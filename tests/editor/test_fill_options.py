"""What is asked of an engine: nothing is silently ignored, and a model names its engine."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from editor.fill_options import FillOptions, check_options, resolve_model
from inference.engines.engine import ENGINES
from inference.engines.families import FAMILIES
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.request import FillError, Reference

PICTURE = Reference(np.zeros((2, 2, 3), np.uint8))

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("prompt", {"prompt": "a hat"}),
    ("negative_prompt", {"negative_prompt": "blur"}),
    ("steps", {"steps": 3}),
    ("guidance", {"guidance": 2.0}),
    ("strength", {"strength": 0.5}),
    ("schedulers", {"scheduler": "ddim"}),
    ("prior_steps", {"prior_steps": 3}),
    ("prior_guidance", {"prior_guidance": 3.0}),
    ("references", {"references": (PICTURE,)}),
    ("native", {"working_side": 640}),
    ("colour_adaptation", {"colour_adaptation": False}),
    ("start", {"start": "noise", "strength": 0.5}),
    ("refines", {"refine": "on"}),
)


def store_with(folder: Path, *models: tuple[str, str]) -> ModelStore:
    """Recorded models, as (id, family), that nothing loads."""
    store = ModelStore()
    for model_id, family in models:
        part = folder / model_id
        part.mkdir()
        store.write(Model(model_id, model_id.title(), family, {"pipeline": str(part)}))
    return store


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("capability", "asked"), ASKED, ids=[name for name, _asked in ASKED])
def test_only_what_the_engine_has_may_be_asked(engine: str, capability: str, asked: dict[str, Any]) -> None:
    info = ENGINES[engine]
    options = FillOptions(engine=engine, model="m" if info.needs_model else None, **asked)
    known = getattr(info, capability)
    if known is not None and known is not False and known != ():
        if capability == "schedulers":
            options = dataclasses.replace(options, scheduler=info.schedulers[0])
        assert check_options(options) is info
    else:
        with pytest.raises(FillError) as told:
            check_options(options)
        assert told.value.kind == "input" and info.title in told.value.message


@pytest.mark.parametrize("info", FAMILIES, ids=[info.id for info in FAMILIES])
def test_a_start_at_full_strength_is_only_for_models_that_look_at_it(info: Any) -> None:
    options = FillOptions(engine=info.id, model="m", start="noise")
    if info.start_at_full:
        assert check_options(options) is info
    else:
        with pytest.raises(FillError, match="Lower the strength"):
            check_options(options)


@pytest.mark.parametrize("info", FAMILIES, ids=[info.id for info in FAMILIES])
def test_what_an_engine_cannot_be_asked(info: Any) -> None:
    for options in (
        FillOptions(engine=info.id),  # without a model
        FillOptions(engine=info.id, model="m", scheduler="none-such"),
        FillOptions(engine=info.id, model="m", device="abacus"),
        FillOptions(engine=info.id, model="m", context="sideways"),  # type: ignore[arg-type]
        FillOptions(engine=info.id, model="m", start="anywhere", strength=0.5),  # type: ignore[arg-type]
        FillOptions(engine=info.id, model="m", refine="perhaps"),  # type: ignore[arg-type]
    ):
        with pytest.raises(FillError) as told:
            check_options(options)
        assert told.value.kind == "input"


def test_a_model_names_its_engine(tmp_path: Path) -> None:
    store = store_with(tmp_path, ("hats", "sdxl"))
    options, model = resolve_model(FillOptions(engine="", model="Hats", prompt="a hat"), store)
    assert (options.engine, options.model, options.prompt) == ("sdxl", "hats", "a hat")
    assert model is not None and model.id == "hats"
    with pytest.raises(FillError, match="not by content-aware"):
        resolve_model(FillOptions(engine="content-aware", model="hats"), store)
    with pytest.raises(FillError):
        resolve_model(FillOptions(engine="", model="coats"), store)


def test_the_only_model_of_an_engine_need_not_be_named(tmp_path: Path) -> None:
    store = ModelStore()
    with pytest.raises(FillError, match="no model"):
        resolve_model(FillOptions(engine="sdxl"), store)
    store = store_with(tmp_path, ("hats", "sdxl"), ("coats", "sd-1-5"))
    assert resolve_model(FillOptions(engine="sdxl"), store)[0].model == "hats"
    store_with(tmp_path, ("shoes", "sdxl"))
    with pytest.raises(FillError, match="Hats, Shoes"):
        resolve_model(FillOptions(engine="sdxl"), store)


def test_without_a_word_it_is_the_engine_that_needs_no_model() -> None:
    options, model = resolve_model(FillOptions(engine=""), ModelStore())
    assert (options.engine, options.model, model) == ("content-aware", None, None)
