"""Layers: pixels, fills and groups. Plain values; only commands change them, through the document."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds
from editor.document.recipe import FillRecipe
from editor.document.tiles import Depth, Pixels, TileMap, planes_bytes


@dataclass(eq=False)
class Layer:
    """What every layer has. ``opacity`` is 0–1; ``blend_mode`` an id of ``editor.raster.blend_modes.MODES``;
    ``mask`` a one-channel plane, or None where the layer has no mask; a ``clipped`` layer shows only where the nearest
    layer beneath it in its group that is not clipped does (that layer and those clipped to it are blended as one)."""

    name: str
    visible: bool = True
    opacity: float = 1.0
    blend_mode: str = "normal"
    locked: bool = False
    mask: TileMap | None = None
    clipped: bool = False
    id: str = field(default_factory=lambda: uuid4().hex)
    parent: Group | None = field(default=None, repr=False)

    def bounds(self) -> Bounds:
        """A rectangle that holds everything the layer paints; may be larger."""
        raise NotImplementedError

    def snapshot(self) -> Self:
        """The layer as it is now: an object of its own with the same id, sharing the tiles."""
        twin = copy.copy(self)
        twin.parent = None
        twin.mask = self.mask.snapshot() if self.mask is not None else None
        return twin

    def planes(self) -> Iterator[TileMap]:
        """Of the layer itself, not of those in it."""
        if self.mask is not None:
            yield self.mask

    def converted(self, depth: Depth, known: dict[int, Pixels]) -> dict[str, Any]:
        """What of the layer's attributes holds planes, with planes of another depth; see ``TileMap.converted``."""
        return {"mask": self.mask.converted(depth, known)} if self.mask is not None else {}

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels]) -> dict[str, Any]:
        """What of the layer's attributes has a place, as it is where all lies elsewhere; see ``TileMap.moved``."""
        return {"mask": self.mask.moved(dx, dy, known)} if self.mask is not None else {}

    @property
    def nbytes(self) -> int:
        """Of all planes, those of layers in it included; a tile that they share is held once."""
        return planes_bytes(*self.planes())


@dataclass(eq=False)
class PaintLayer(Layer):
    """Pixels: RGBA with straight alpha. ``heals``: made by the spot healing brush, which goes on painting on it."""

    pixels: TileMap = field(default_factory=lambda: TileMap(4))
    heals: bool = False

    def bounds(self) -> Bounds:
        bounds = self.pixels.tiles_bounds()
        return bounds.intersected(self.mask.tiles_bounds()) if self.mask is not None else bounds

    def snapshot(self) -> Self:
        twin = super().snapshot()
        twin.pixels = self.pixels.snapshot()
        return twin

    def planes(self) -> Iterator[TileMap]:
        yield from super().planes()
        yield self.pixels

    def converted(self, depth: Depth, known: dict[int, Pixels]) -> dict[str, Any]:
        return super().converted(depth, known) | {"pixels": self.pixels.converted(depth, known)}

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels]) -> dict[str, Any]:
        return super().moved(dx, dy, known) | {"pixels": self.pixels.moved(dx, dy, known)}


@dataclass(eq=False)
class FillLayer(PaintLayer):
    """The pixels that an engine made, behind a layer mask made from the selection, and the recipe of both.

    ``candidates`` are all that the engine gave, by their numbers; ``taken`` is the number of the one that the pixels
    are, None where they are a mix. ``raw`` is what the engine gave, of which the pixels were made by fitting it into
    its surroundings; None where they are that themselves. Tuple, candidates and ``raw`` are values: a layer gets
    others.
    """

    recipe: FillRecipe | None = None
    candidates: tuple[Candidate, ...] = ()
    taken: int | None = None
    raw: TileMap | None = None

    def planes(self) -> Iterator[TileMap]:
        yield from super().planes()
        yield from (candidate.pixels for candidate in self.candidates)
        if self.raw is not None:
            yield self.raw
        if self.recipe is not None:
            yield from self.recipe.planes()

    def converted(self, depth: Depth, known: dict[int, Pixels]) -> dict[str, Any]:
        values = super().converted(depth, known)
        values["candidates"] = tuple(candidate.converted(depth, known) for candidate in self.candidates)
        if self.raw is not None:
            values["raw"] = self.raw.converted(depth, known)
        if self.recipe is not None:
            values["recipe"] = self.recipe.converted(depth, known)
        return values

    def moved(self, dx: int, dy: int, known: dict[tuple[int, ...], Pixels]) -> dict[str, Any]:
        values = super().moved(dx, dy, known)
        values["candidates"] = tuple(candidate.moved(dx, dy, known) for candidate in self.candidates)
        if self.raw is not None:
            values["raw"] = self.raw.moved(dx, dy, known)
        if self.recipe is not None:
            values["recipe"] = self.recipe.moved(dx, dy, known)
        return values


@dataclass(eq=False)
class Group(Layer):
    """Layers that are shown together, bottom first. Isolated: blended among themselves, then as one."""

    children: list[Layer] = field(default_factory=list)
    isolated: bool = True

    def __post_init__(self) -> None:
        for child in self.children:
            child.parent = self

    def bounds(self) -> Bounds:
        bounds = Bounds(0, 0, 0, 0)
        for child in self.children:
            bounds = bounds.united(child.bounds())
        return bounds

    def snapshot(self) -> Self:
        twin = super().snapshot()
        twin.children = [child.snapshot() for child in self.children]
        for child in twin.children:
            child.parent = twin
        return twin

    @property
    def nbytes(self) -> int:
        return planes_bytes(*self.planes(), *(plane for layer in self.walk() for plane in layer.planes()))

    def walk(self) -> Iterator[Layer]:
        """Every layer below this one in the tree, bottom first, a group before its children."""
        for child in self.children:
            yield child
            if isinstance(child, Group):
                yield from child.walk()

    def free_name(self, title: str) -> str:
        """The title, with a number where a layer below this one has it already."""
        taken = {layer.name for layer in self.walk()}
        names = (title if n == 1 else f"{title} {n}" for n in itertools.count(1))
        return next(name for name in names if name not in taken)
