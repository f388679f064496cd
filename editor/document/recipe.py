"""FillRecipe: how a fill layer came about, so that it can be understood, changed and made again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from editor.document.geometry import Bounds
from editor.document.tiles import TileMap

VERSION = 1


@dataclass(frozen=True)
class FillRecipe:
    """Everything that a fill was made from. Sizes in document pixels.

    ``selection`` is the soft selection at the time of the fill, a one-channel plane; the layer mask is
    ``inference.mask.composite_mask`` of it with ``grow`` and ``feather``.
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
    facts: dict[str, Any] = field(default_factory=dict)
    selection: TileMap = field(default_factory=lambda: TileMap(1))

    def to_json(self) -> str:
        """All but the selection, whose pixels a file keeps as a picture of their own."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "selection"}
        values["context"] = asdict(self.context)
        return json.dumps({"version": VERSION, **values}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, selection: TileMap) -> FillRecipe:
        """Raises ValueError where the text is no recipe, or one of a newer version."""
        try:
            values = json.loads(text)
            if values.pop("version") > VERSION:
                raise ValueError("the recipe was written by a newer version")
            values["context"] = Bounds(**values["context"])
            width, height = values["working_size"]
            values["working_size"] = (int(width), int(height))
            return cls(**values, selection=selection)
        except (TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ValueError(f"not a fill recipe: {error}") from error
