"""LayerProgram: a tree of layers as the steps by which it is composited, and the tiles that each step takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from editor.document.geometry import TileKey
from editor.document.layers import Group, Layer, PaintLayer
from editor.document.tiles import Depth, TileMap
from editor.raster.program import NOWHERE, Input, Kind, Program, Step

_NOTHING = Input()


class Sources(NamedTuple):
    """What a step reads, and the layer it comes from."""

    layer: Layer
    pixels: TileMap | None = None
    mask: TileMap | None = None


@dataclass(frozen=True)
class LayerProgram:
    """``program`` and, for each of its steps, the planes that it reads.

    A clipped layer shows only where the nearest layer beneath it that is not clipped does: that one and those clipped
    to it are blended among themselves, then as one with its opacity, mode and mask. The lowest layer of a group has
    nothing to be clipped to. A group that passes through is as if it were not there; with an opacity or a mask it goes
    from what is below it to what its layers make of that; with a mode, or clipped, it is isolated all the same.
    """

    program: Program
    sources: tuple[Sources, ...]

    @classmethod
    def of(cls, root: Group, stop: Layer | None = None) -> LayerProgram:
        """Of what ``root`` shows; its own opacity, mode, mask and visibility do not count.

        With ``stop``, only of what lies beneath that layer, be it shown or hidden: the layers under it in its group,
        and all that is under that group. A group that holds ``stop`` counts as if it ended just below; hidden, it
        shows nothing. Raises ValueError where ``stop`` is not in ``root``.
        """
        builder = _Builder(root, stop)
        builder.children(root)
        return cls(Program(tuple(builder.steps)), tuple(builder.sources))

    @property
    def depth(self) -> Depth:
        """Bits per channel; 8 where there are no pixels."""
        return next((source.pixels.depth for source in self.sources if source.pixels is not None), 8)

    def is_empty(self, key: TileKey) -> bool:
        """Whether no layer has a tile there."""
        return not any(source.pixels is not None and key in source.pixels for source in self.sources)

    def inputs(self, key: TileKey) -> list[Input]:
        return [_input(source, key) for source in self.sources]

    def span(self, layer: Layer) -> tuple[int, int] | None:
        """The steps, from the first up to but without the second, that a layer has a part in, whole outermost groups;
        None where it has none."""
        start = stop = level = 0
        found: tuple[int, int] | None = None
        mine = False
        for i, (step, source) in enumerate(zip(self.program.steps, self.sources, strict=True)):
            if level == 0:
                start, mine = i, False
            level += (step.kind in (Kind.PUSH, Kind.COPY)) - (step.kind in (Kind.POP, Kind.LERP))
            mine = mine or source.layer is layer
            stop = i + 1
            if level == 0 and mine:
                found = (start if found is None else found[0], stop)
        return found


def runs(layers: Iterable[Layer]) -> Iterator[tuple[Layer, list[Layer]]]:
    """Of a group's layers, bottom first, each one that is not clipped, with those that are clipped to it."""
    base: Layer | None = None
    clipped: list[Layer] = []
    for layer in layers:
        if base is not None and layer.clipped:
            clipped.append(layer)
            continue
        if base is not None:
            yield base, clipped
        base, clipped = layer, []
    if base is not None:
        yield base, clipped


def _input(source: Sources, key: TileKey) -> Input:
    mask = None
    if source.mask is not None:
        mask = source.mask.tile(key)
        if mask is None:  # a missing tile of a mask is 0
            return _NOTHING if source.pixels is not None else Input(mask=NOWHERE)
    if source.pixels is None:
        return Input(mask=mask) if mask is not None else _NOTHING
    pixels = source.pixels.tile(key)
    return _NOTHING if pixels is None else Input(pixels, mask)


class _Builder:
    def __init__(self, root: Group, stop: Layer | None) -> None:
        self.steps: list[Step] = []
        self.sources: list[Sources] = []
        self._stop = stop
        holders = list(_holders(stop)) if stop is not None else []
        if stop is not None and (stop is root or root not in holders):
            raise ValueError(f"layer {stop.name!r} is not in this group")
        self._holders = {id(holder) for holder in holders}

    def children(self, group: Group) -> bool:
        """Adds a group's children, bottom first. True where ``stop`` was reached."""
        for base, clipped in runs(group.children):
            if base is self._stop:
                return True
            stopped = id(base) in self._holders
            shown: list[Layer] = []
            for layer in clipped:
                if stopped or layer is self._stop:
                    stopped = True
                    break
                shown.append(layer)
                stopped = id(layer) in self._holders
            if base.visible:
                self._run(base, [layer for layer in shown if layer.visible])
            if stopped:
                return True
        return False

    def _run(self, base: Layer, clipped: Sequence[Layer]) -> None:
        if not clipped:
            self._layer(base)
            return
        self._add(Step(Kind.PUSH), base)
        if isinstance(base, Group):
            self.children(base)
        elif isinstance(base, PaintLayer):
            self._add(Step(Kind.BLEND), base, base.pixels)
        for layer in clipped:
            self._layer(layer, clipped=True)
        self._add(Step(Kind.POP, base.blend_mode, base.opacity), base, mask=base.mask)

    def _layer(self, layer: Layer, clipped: bool = False) -> None:
        blended = layer.blend_mode, layer.opacity, clipped
        if isinstance(layer, PaintLayer):
            self._add(Step(Kind.BLEND, *blended), layer, layer.pixels, layer.mask)
        elif isinstance(layer, Group):
            if layer.isolated or clipped or layer.blend_mode != "normal":
                self._add(Step(Kind.PUSH), layer)
                self.children(layer)
                self._add(Step(Kind.POP, *blended), layer, mask=layer.mask)
            elif layer.opacity < 1 or layer.mask is not None:
                self._add(Step(Kind.COPY), layer)
                self.children(layer)
                self._add(Step(Kind.LERP, opacity=layer.opacity), layer, mask=layer.mask)
            else:
                self.children(layer)

    def _add(
        self, step: Step, layer: Layer, pixels: TileMap | None = None, mask: TileMap | None = None
    ) -> None:
        self.steps.append(step)
        self.sources.append(Sources(layer, pixels, mask))


def _holders(layer: Layer) -> Iterator[Group]:
    """The groups around a layer, innermost first."""
    holder = layer.parent
    while holder is not None:
        yield holder
        holder = holder.parent
