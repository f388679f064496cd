"""CandidateMaker: keeps each candidate of a fill on the disk, and makes of it what the document gets."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from editor.document.candidates import Candidate
from editor.document.layers import FillLayer
from editor.files.session_folder import SessionFolder
from editor.fill import PreparedFill, make_candidate, make_fill_layer
from inference.request import FillCandidate

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """``layer`` is new, with the first candidate; None for those that join it. ``unkept`` says why the candidate could
    not be kept on the disk; empty where it was."""

    layer: FillLayer | None
    candidate: Candidate
    unkept: str


class CandidateMaker:
    """For the candidates of one fill, one after another, on a thread of its own. With ``joins``, a snapshot of a layer,
    all of them are further candidates of that one."""

    def __init__(self, prepared: PreparedFill, folder: SessionFolder, joins: FillLayer | None = None) -> None:
        self._prepared, self._folder = prepared, folder
        self._first = joins.candidates[0] if joins is not None and joins.candidates else None
        self._recipe = joins.recipe if joins is not None else None

    def make(self, arrived: FillCandidate) -> Made:
        layer: FillLayer | None = None
        if self._recipe is None:
            layer = make_fill_layer(self._prepared, arrived)
            (candidate,) = layer.candidates
            self._first, self._recipe = candidate, layer.recipe
        else:
            like = self._first.pixels if self._first is not None else None
            candidate = make_candidate(self._prepared, arrived, like)
        return Made(layer, candidate, self._keep(arrived, candidate))

    def _keep(self, arrived: FillCandidate, candidate: Candidate) -> str:
        """Whatever goes wrong here must not take the candidate away."""
        try:
            assert self._recipe is not None
            recipe = replace(self._recipe.of(candidate), references=())  # these are the user's own files
            name = f"{arrived.request_id}-{candidate.number:03}"
            self._folder.keep_candidate(name, arrived.image, recipe.to_json())
        except Exception as error:
            log.info("a candidate was not kept on the disk", exc_info=True)
            return getattr(error.__cause__, "strerror", None) or str(error) or type(error).__name__
        return ""
