"""CandidateMaker: makes of each candidate of a fill what the document gets."""

from __future__ import annotations

from dataclasses import dataclass

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer
from editor.fill import PreparedFill, make_candidate, make_fill_layer
from inference.request import FillCandidate


@dataclass(frozen=True)
class Made:
    """``layer`` is new, with the first candidate; None for those that join it."""

    layer: FillLayer | None
    candidate: Candidate


class CandidateMaker:
    """For the candidates of one fill, one after another, on a thread of its own. With ``joins``, a snapshot of a layer,
    all of them are further candidates of that one."""

    def __init__(self, prepared: PreparedFill, joins: FillLayer | None = None) -> None:
        self._prepared = prepared
        self._first = joins.candidates[0] if joins is not None and joins.candidates else None
        self._makes_layer = joins is None or joins.recipe is None

    def make(self, arrived: FillCandidate) -> Made:
        if self._makes_layer:
            layer = make_fill_layer(self._prepared, arrived)
            self._makes_layer = False
            (self._first,) = layer.candidates
            return Made(layer, self._first)
        like = self._first.pixels if self._first is not None else None
        return Made(None, make_candidate(self._prepared, arrived, like))
