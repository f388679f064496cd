"""FillRecipe: how a fill layer came about, so that it can be understood, changed and made again."""

from __future__ import annotations

import base64
import json
import math
import zlib
from dataclasses import asdict, dataclass, field, fields, replace
from types import NoneType
from typing import Any

import numpy as np

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds
from editor.document.tiles import Depth, Pixels, TileMap
from inference.choices import RefineChoice, StartFrom
from inference.request import Reference

VERSION = 1

_NUMBER = (int, float, NoneType)
_KINDS: dict[str, tuple[type, ...]] = {
    "engine": (str,),
    "seed": (int,),
    "grow": (int,),
    "feather": (int,),
    "model": (str, NoneType),
    "model_hash": (str, NoneType),
    "prompt": (str,),
    "negative_prompt": (str,),
    "steps": (int, NoneType),
    "guidance": _NUMBER,
    "strength": (int, float),
    "scheduler": (str, NoneType),
    "prior_steps": (int, NoneType),
    "prior_guidance": _NUMBER,
    "colour_adaptation": (bool,),
    "start": (str,),
    "refine": (str,),
    "colour_match": (int,),
    "blend": (int,),
    "grain": (int,),
    "facts": (dict,),
}
"""Of the values that come from files, which anybody may have written."""

_MOST_REACH = 4096
"""Pixels."""

_LARGEST_REFERENCE = 1 << 22
"""Bytes of its pixels; those that are made here are far smaller."""
_MOST_REFERENCES = 64


@dataclass(frozen=True)
class FillRecipe:
    """Everything that a fill was made from. Sizes in document pixels.

    ``source``, a one-channel plane, says where the engine was to copy from; empty: from everywhere.
    ``selection`` is the soft selection at the time of the fill, a one-channel plane; the layer mask is
    ``inference.mask.composite_mask`` of it with ``grow`` and ``feather``. The layer's pixels are what the engine gave,
    fitted in by ``inference.harmonise`` with ``colour_match``, ``blend`` and ``grain`` in percent. These five may be
    changed afterwards; ``repainted`` are grow, feather and what the engine repainted beyond both as they were when it
    ran (empty in recipes that do not say so). ``mixed`` are the seeds of the candidates
    that were painted into each other, in that order; empty where the pixels are those that ``seed`` gives.
    """

    engine: str
    seed: int
    context: Bounds
    working_size: tuple[int, int]
    grow: int
    feather: int
    model: str | None = None
    model_hash: str | None = None
    prompt: str = ""
    negative_prompt: str = ""
    steps: int | None = None
    guidance: float | None = None
    generate: bool = False
    strength: float = 1.0
    scheduler: str | None = None
    prior_steps: int | None = None
    prior_guidance: float | None = None
    references: tuple[Reference, ...] = ()
    colour_adaptation: bool = True
    start: StartFrom = "auto"
    refine: RefineChoice = "auto"
    mixed: tuple[int, ...] = ()
    colour_match: int = 0
    blend: int = 0
    grain: int = 0
    repainted: tuple[int, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    selection: TileMap = field(default_factory=lambda: TileMap(1))
    source: TileMap = field(default_factory=lambda: TileMap(1))

    def of(self, candidate: Candidate) -> FillRecipe:
        """The recipe of another candidate of the same fill."""
        return replace(
            self,
            seed=candidate.seed,
            facts=candidate.facts,
            model_hash=candidate.facts.get("model_hash"),
            mixed=(),
        )

    def mixed_with(self, candidate: Candidate) -> FillRecipe:
        """The recipe of what a candidate has been painted into."""
        return replace(self, mixed=(*(self.mixed or (self.seed,)), candidate.seed))

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels]) -> FillRecipe:
        """Of the same fill, which lies elsewhere; see ``TileMap.moved``."""
        selection, source = (plane.moved(dx, dy, known) for plane in self.planes())
        return replace(self, context=self.context.translated(dx, dy), selection=selection, source=source)

    def converted(self, depth: Depth, known: dict[int, Pixels]) -> FillRecipe:
        """With planes of another depth; see ``TileMap.converted``."""
        selection, source = (plane.converted(depth, known) for plane in self.planes())
        return replace(self, selection=selection, source=source)

    def planes(self) -> tuple[TileMap, TileMap]:
        """The selection and the source."""
        return self.selection, self.source

    def to_json(self) -> str:
        """All but the planes, whose pixels a file keeps as pictures of their own."""
        planes = ("selection", "source")
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in planes}
        values["context"] = asdict(self.context)
        values["references"] = [_reference_values(reference) for reference in self.references]
        return json.dumps({"version": VERSION, **values}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, selection: TileMap, source: TileMap | None = None) -> FillRecipe:
        """Raises ValueError where the text is no recipe, or one of a newer version."""
        try:
            values = json.loads(text)
            if values.pop("version") > VERSION:
                raise ValueError("the recipe was written by a newer version")
            values["context"] = Bounds(**values["context"])
            width, height = values["working_size"]
            values["working_size"] = (int(width), int(height))
            references = values.get("references", ())
            if len(references) > _MOST_REFERENCES:
                raise ValueError(f"{len(references)} references")
            values["references"] = tuple(_reference(each) for each in references)
            for name in ("mixed", "repainted"):
                values[name] = tuple(int(each) for each in values.get(name, ()))
            for name, kinds in _KINDS.items():
                if name in values and not isinstance(values[name], kinds):
                    raise ValueError(f"{name} is of the wrong kind")
            reaches = values["repainted"]
            if len(reaches) not in (0, 3) or not all(0 <= reach <= _MOST_REACH for reach in reaches):
                raise ValueError("nothing can have been repainted like that")
            return cls(**values, selection=selection, source=source or TileMap(1, depth=selection.depth))
        except (TypeError, KeyError, AttributeError, OverflowError, zlib.error) as error:
            raise ValueError(f"not a fill recipe: {error}") from error


def _reference_values(reference: Reference) -> dict[str, Any]:
    pixels = base64.b64encode(zlib.compress(reference.image.tobytes())).decode()
    return {"shape": reference.image.shape, "pixels": pixels, "weight": reference.weight}


def _reference(values: dict[str, Any]) -> Reference:
    shape = tuple(int(side) for side in values["shape"])
    size = math.prod(shape)
    if not 0 < size <= _LARGEST_REFERENCE:
        raise ValueError(f"a reference of {size} bytes")
    # No more is unpacked than the picture that is told of may hold.
    pixels = zlib.decompressobj().decompress(base64.b64decode(values["pixels"]), size)
    return Reference(np.frombuffer(pixels, np.uint8).reshape(shape), float(values["weight"]))
