"""ScreenCompositor: renders a document's tiles for the screen, and keeps what lies below and above the active layer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from editor.document.document import Document
from editor.document.geometry import TILE, TileKey
from editor.document.layers import Layer
from editor.raster import native
from editor.raster.program import OPAQUE, STRIP, Input, Kind, Output, Planes, Program, Step
from editor.raster.stack import Job, run
from editor.render.compositor import tile_job
from editor.render.layer_program import LayerProgram
from editor.render.preview import CandidatePreview
from editor.render.projection import TileJob

BUDGET = 192 << 20
"""Bytes that the kept planes may take up."""

_LEAST = 3
"""Steps that keeping their result must save."""
_TIMES = 3
"""How often a tile is rendered with nothing changed but the focus until the rest is kept: a stroke does that, and
going through the history does not."""
_SPARE = 32
"""Planes whose memory is not given back."""
_PLANES_BYTES = 4 * 4 * TILE * TILE


class ScreenCompositor:
    """A ``TileSource`` of the document, or of the preview of a candidate while there is one.

    Where a tile is rendered again and only ``focus`` has changed, the composite of what lies below it, and of those
    layers next above it that are blended normally, is taken from before. Whether it still holds is seen by the tiles
    themselves: they are never written, only replaced. What is below gives the same bits as without; what is above may
    differ by one step, where rounding decides.
    """

    def __init__(self, document: Document, budget: int = BUDGET) -> None:
        self.preview: CandidatePreview | None = None
        self._document = document
        self._focus: Layer | None = None
        self._plan: _Plan | None = None
        self._most = budget // _PLANES_BYTES
        self._held = 0
        """Planes that are kept."""
        self._kept: OrderedDict[TileKey, _Kept] = OrderedDict()
        self._seen: dict[TileKey, tuple[int, int]] = {}
        self._spare: list[Planes] = []  # memory that the system would have to find anew, page by page

    @property
    def focus(self) -> Layer | None:
        """The layer that is worked on."""
        return self._focus

    @focus.setter
    def focus(self, layer: Layer | None) -> None:
        if layer is not self._focus:
            self._focus = layer
            self._forget()
            self._plan = None

    @property
    def nbytes(self) -> int:
        """Of the kept planes."""
        return sum(
            _PLANES_BYTES * ((kept.below is not None) + (kept.above is not None))
            for kept in self._kept.values()
        )

    def document_changed(self) -> None:
        """Layers, their order or their properties have; of tiles alone it need not be told."""
        self._plan = None

    def is_empty(self, key: TileKey) -> bool:
        previewed = self.preview is not None and key in self.preview.candidate.pixels
        return not previewed and self._current().layers.is_empty(key)

    def render(self, jobs: Sequence[TileJob]) -> list[bool]:
        if self.preview is not None:
            layers = LayerProgram.of(self.preview.root([job.key for job in jobs]))
            return _render(layers.program, [(layers.inputs(job.key), job) for job in jobs])
        plan = self._current()
        whole = [(plan.layers.inputs(job.key), job) for job in jobs]
        if plan.short is None or native.kernels() is None:
            return _render(plan.layers.program, whole)
        self._keep(plan, whole)
        short = [self._short(plan, inputs, job.key) for inputs, job in whole]
        fresh = [pair for pair, inputs in zip(whole, short, strict=True) if inputs is None]
        again = [(inputs, job) for inputs, job in zip(short, jobs, strict=True) if inputs is not None]
        slow, quick = iter(_render(plan.layers.program, fresh)), iter(_render(plan.short, again))
        return [next(slow) if inputs is None else next(quick) for inputs in short]

    def _current(self) -> _Plan:
        if self._plan is None:
            self._plan = _Plan.of(LayerProgram.of(self._document.root), self._focus)
        return self._plan

    def _forget(self) -> None:
        while self._kept:
            self._drop(next(iter(self._kept)))
        self._seen.clear()

    def _drop(self, key: TileKey) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._held -= len(kept.planes)
            if len(self._spare) < _SPARE:
                self._spare += kept.planes

    def _short(self, plan: _Plan, inputs: list[Input], key: TileKey) -> list[Input] | None:
        kept = self._kept.get(key)
        if kept is None or not kept.holds(plan, inputs):
            return None
        self._kept.move_to_end(key)
        middle = inputs[plan.first : plan.last]
        return [Input(planes=kept.below), *middle, Input(planes=kept.above), *inputs[plan.rest :]]

    def _keep(self, plan: _Plan, whole: list[tuple[list[Input], TileJob]]) -> None:
        """Makes the planes of tiles that are rendered time and again with nothing changed but the focus."""
        wanted: list[_Kept] = []
        for inputs, job in whole:
            kept = self._kept.get(job.key)
            if kept is not None and kept.holds(plan, inputs):
                continue
            self._drop(job.key)
            others = plan.others(inputs)
            arrays = (id(array) for each in others for array in each)
            seen = hash((plan.below.steps, plan.above.steps, *arrays))
            former, times = self._seen.get(job.key, (0, 0))
            times = times + 1 if former == seen else 1
            self._seen[job.key] = seen, times
            if times < _TIMES or 2 * len(wanted) >= self._most:
                continue
            below, above = (self._planes() if part.steps else None for part in (plan.below, plan.above))
            wanted.append(_Kept(job.key, plan.below, plan.above, others, below, above))
        _make(plan.below, [(kept.key, kept.others[: plan.first], kept.below) for kept in wanted])
        _make(plan.above, [(kept.key, kept.others[plan.first :], kept.above) for kept in wanted])
        for kept in wanted:
            self._kept[kept.key] = kept
            self._held += len(kept.planes)
            while self._held > self._most:
                self._drop(next(iter(self._kept)))

    def _planes(self) -> Planes:
        return self._spare.pop() if self._spare else Planes.of(TILE, TILE)


class _Plan(NamedTuple):
    """The layers' program, and how it is cut: steps up to ``first`` are below the focus, from ``last`` to ``rest``
    those above it that can be composited beforehand. ``short`` is the program that takes these two from before; None
    where that saves too little."""

    layers: LayerProgram
    first: int
    last: int
    rest: int
    below: Program
    above: Program
    short: Program | None

    @classmethod
    def of(cls, layers: LayerProgram, focus: Layer | None) -> _Plan:
        steps = layers.program.steps
        span = layers.span(focus) if focus is not None else None
        first, last = span or (0, len(steps))
        rest = _end_of_normal(steps, last)
        saved = first + rest - last
        short = None
        if saved >= _LEAST:
            over = Step(Kind.OVER)
            short = Program((over, *steps[first:last], over, *steps[rest:]))
        return cls(layers, first, last, rest, Program(steps[:first]), Program(steps[last:rest]), short)

    def others(self, inputs: list[Input]) -> list[Input]:
        """Those of the steps below and above."""
        return [*inputs[: self.first], *inputs[self.last : self.rest]]


class _Kept(NamedTuple):
    """The planes of one tile, the programs that made them, and from what."""

    key: TileKey
    program_below: Program
    program_above: Program
    others: list[Input]
    below: Planes | None
    above: Planes | None

    @property
    def planes(self) -> list[Planes]:
        return [planes for planes in (self.below, self.above) if planes is not None]

    def holds(self, plan: _Plan, inputs: list[Input]) -> bool:
        return (
            self.program_below.steps == plan.below.steps
            and self.program_above.steps == plan.above.steps
            and all(
                mine.pixels is theirs.pixels and mine.mask is theirs.mask
                for mine, theirs in zip(self.others, plan.others(inputs), strict=True)
            )
        )


def _make(program: Program, tiles: Sequence[tuple[TileKey, list[Input], Planes | None]]) -> None:
    """Fills the planes, where there are any."""
    wanted = [(key, inputs, planes) for key, inputs, planes in tiles if planes is not None]
    states = run(
        program, [tile_job(inputs, planes.values, key) for key, inputs, planes in wanted], Output.PLANES
    )
    for (_key, _inputs, planes), state in zip(wanted, states, strict=True):
        planes.states[:] = state


def _end_of_normal(steps: Sequence[Step], start: int) -> int:
    """How far, from ``start``, layers and groups only lie over what is below them."""
    end = start
    level = 0
    for i in range(start, len(steps)):
        step = steps[i]
        if level == 0 and step.kind == Kind.COPY:
            break
        level += (step.kind in (Kind.PUSH, Kind.COPY)) - (step.kind in (Kind.POP, Kind.LERP))
        if level == 0:
            if step.mode not in ("normal", "dissolve") or step.clipped:
                break
            end = i + 1
    return end


def _render(program: Program, jobs: Sequence[tuple[list[Input], TileJob]]) -> list[bool]:
    made: list[Job] = [tile_job(inputs, job.out, job.key, job.top, job.bottom) for inputs, job in jobs]
    states = run(program, made, Output.BGRA8)
    rows = STRIP // TILE
    return [
        bool((state[job.top // rows : -(-job.bottom // rows)] == OPAQUE).all())
        for state, (_inputs, job) in zip(states, jobs, strict=True)
    ]
