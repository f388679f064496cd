"""What of a Kandinsky is loaded, and what lies on the device, as its plan says. A card is acted by the processor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.engines.kandinsky import pipelines
from inference.engines.kandinsky.embeddings import Wish, embeddings, forget, known
from inference.engines.kandinsky.pipelines import Kandinsky
from inference.memory import RESERVE, Device, MemoryPlan, Placement
from inference.models.model import Model
from inference.request import FillError, Reference

WISH = Wish("a hat", "", 3, 4.0)
PICTURE = Reference(np.full((40, 40, 3), 90, np.uint8))


def processor(placement: Placement = "resident") -> MemoryPlan:
    return MemoryPlan(Device("cpu", "CPU", 1 << 34, 1 << 33), "fp32", placement)


def card(placement: Placement = "resident", room: int = 1 << 30) -> MemoryPlan:
    """``room``: what is free beside the plan's own need."""
    return MemoryPlan(Device("cuda:0", "Card", 1 << 34, RESERVE + 1000 + room), "fp32", placement, bytes=1000)


class Movements(list[tuple[str, str]]):
    """("place" or "park", the pipeline's kind), in order; nothing is moved."""


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Movements:
    movements = Movements()

    def note(what: str, pipeline: object) -> None:
        name = type(pipeline).__name__.removeprefix("KandinskyV22").removesuffix("Pipeline")
        movements.append((what, name))

    monkeypatch.setattr(pipelines, "place", lambda pipeline, plan: note("place", pipeline))
    monkeypatch.setattr(pipelines, "_park", lambda pipeline: note("park", pipeline))
    return movements


@pytest.fixture
def kandinsky(model: Model) -> Iterator[Kandinsky]:
    made = Kandinsky(model, processor())
    embeddings(made, WISH, lambda: None)  # the zero image's embedding is there from here on
    made.release()
    forget()
    yield made
    made.release()


def fill_once(kandinsky: Kandinsky) -> None:
    embeddings(kandinsky, WISH, lambda: None)
    with kandinsky.decoder("inpaint", None, 5):
        pass


def test_with_room_on_the_card_prior_and_decoder_stay(kandinsky: Kandinsky, moved: Movements) -> None:
    kandinsky.follow(card())
    moved.clear()
    fill_once(kandinsky)
    fill_once(kandinsky)
    assert ("park", "Prior") not in moved and ("park", "Inpaint") not in moved


def test_without_room_one_leaves_before_the_other_comes(kandinsky: Kandinsky, moved: Movements) -> None:
    kandinsky.follow(card(room=0))
    moved.clear()
    fill_once(kandinsky)
    forget()
    fill_once(kandinsky)
    assert moved == [
        ("place", "Prior"),
        ("park", "Prior"),
        ("place", "Inpaint"),
        ("park", "Inpaint"),
        ("place", "Prior"),
        ("park", "Prior"),
        ("place", "Inpaint"),
    ]


@pytest.mark.parametrize("placement", ["swapped", "streamed"])
def test_swapped_parts_leave_when_they_have_run(
    kandinsky: Kandinsky, moved: Movements, placement: Placement
) -> None:
    kandinsky.follow(card(placement))
    moved.clear()
    with kandinsky.decoder("inpaint", None, 5):
        assert moved == [("place", "Inpaint")]
    assert moved[1:] == [("park", "Inpaint")]
    moved.clear()
    with pytest.raises(KeyError), kandinsky.decoder("inpaint", None, 5):
        raise KeyError  # a cancel, for one
    assert moved == [("place", "Inpaint"), ("park", "Inpaint")]


def test_another_amount_of_free_memory_moves_nothing(kandinsky: Kandinsky, moved: Movements) -> None:
    kandinsky.follow(card())
    fill_once(kandinsky)
    moved.clear()
    kandinsky.follow(card(room=2 << 30))
    assert moved == []
    kandinsky.follow(card("swapped"))
    assert sorted(moved) == [("park", "Inpaint"), ("park", "Prior")]


def test_only_one_decoder_is_on_a_card_without_room(kandinsky: Kandinsky, moved: Movements) -> None:
    kandinsky.follow(card(room=0))
    with kandinsky.decoder("inpaint", None, 5):
        pass
    moved.clear()
    with kandinsky.decoder("generate", None, 5):
        assert moved == [("park", "Inpaint"), ("place", "")]


@pytest.mark.parametrize(("placement", "loads"), [("resident", 2), ("swapped", 4)])
def test_on_the_processor_swapped_lets_one_go_before_it_loads_the_other(
    kandinsky: Kandinsky, monkeypatch: pytest.MonkeyPatch, placement: Placement, loads: int
) -> None:
    loaded = []
    own = Kandinsky._load

    def counted(self: Kandinsky, part: str, kind: object, **absent: None) -> object:
        loaded.append(part)
        return own(self, part, kind, **absent)

    monkeypatch.setattr(Kandinsky, "_load", counted)
    kandinsky.follow(processor(placement))
    fill_once(kandinsky)
    forget()
    fill_once(kandinsky)
    assert loaded == (["prior", "inpaint"] * 2)[:loads]


def test_the_image_encoder_is_there_only_while_it_works(kandinsky: Kandinsky) -> None:
    embeddings(kandinsky, replace(WISH, references=(PICTURE,)), lambda: None)
    with kandinsky.prior() as prior:
        assert prior.image_encoder is None
    with kandinsky.image_encoder() as pipeline:
        assert pipeline.prior is None and pipeline.text_encoder is None
        encoder = pipeline.image_encoder
    assert next(encoder.parameters()).device == torch.device("meta")


def test_embeddings_are_known_by_all_that_they_depend_on(kandinsky: Kandinsky, model: Model) -> None:
    embeddings(kandinsky, WISH, lambda: None)
    assert known(kandinsky, WISH)
    for other in (
        replace(WISH, prompt="a cap"),
        replace(WISH, negative="a cat"),
        replace(WISH, steps=4),
        replace(WISH, guidance=3.0),
        replace(WISH, references=(PICTURE,)),
    ):
        assert not known(kandinsky, other)
    assert not known(Kandinsky(replace(model, hash="9999"), processor()), WISH)
    with_picture = replace(WISH, references=(PICTURE,))
    embeddings(kandinsky, with_picture, lambda: None)
    assert known(kandinsky, with_picture)
    assert not known(kandinsky, replace(WISH, references=(replace(PICTURE, weight=2.0),)))
    assert not known(kandinsky, replace(WISH, references=(Reference(PICTURE.image + 1),)))


def test_only_the_latest_embeddings_are_kept(kandinsky: Kandinsky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.engines.kandinsky.embeddings._KEPT", 2)
    wishes = [replace(WISH, prompt=prompt) for prompt in ("one", "two", "three")]
    embeddings(kandinsky, wishes[0], lambda: None)
    embeddings(kandinsky, wishes[1], lambda: None)
    embeddings(kandinsky, wishes[0], lambda: None)
    embeddings(kandinsky, wishes[2], lambda: None)
    assert [known(kandinsky, wish) for wish in wishes] == [True, False, True]


def test_a_part_that_is_not_there_is_told(model: Model) -> None:
    broken = Kandinsky(replace(model, parts={**model.parts, "inpaint": "/nowhere"}), processor())
    with (
        pytest.raises(FillError, match="missing or damaged"),
        broken.decoder("inpaint", None, 5),
    ):
        raise AssertionError("loaded from nowhere")
