"""CandidatesModel: the candidates of one fill layer for Qt's views, and places for those that are still to come."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from editor.document.candidates import Candidate
from editor.document.geometry import Bounds
from editor.document.layers import FillLayer
from editor.render.thumbnail import plane_thumbnail
from editor.texts import duration_text

THUMBNAIL = 72
"""Side in screen pixels."""

CANDIDATE_ROLE = Qt.ItemDataRole.UserRole
"""A Candidate; None for one that is still to come."""
TAKEN_ROLE = Qt.ItemDataRole.UserRole + 1

_SURROUND = 0.15
"""How much of what lies around it a thumbnail shows, as a part of the longer side."""

Index = QModelIndex | QPersistentModelIndex


class CandidatesModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layer: FillLayer | None = None
        self._candidates: tuple[Candidate, ...] = ()
        self._taken: int | None = None
        self._waiting = 0
        self._made = self._part = Bounds(0, 0, 0, 0)
        self._profile: bytes | None = None
        self._thumbnails: dict[int, QPixmap] = {}

    def show(
        self,
        layer: FillLayer | None,
        candidates: tuple[Candidate, ...],
        waiting: int,
        icc_profile: bytes | None = None,
    ) -> None:
        """``waiting``: how many are still to come; their numbers are colours of the profile. Does nothing where nothing
        has changed."""
        taken = layer.taken if layer is not None else None
        if layer is not self._layer and candidates:
            self._made = candidates[0].pixels.content_bounds()
        part = _shown_part(layer, self._made) if layer is not None and candidates else Bounds(0, 0, 0, 0)
        if layer is not self._layer or part != self._part:
            self._thumbnails.clear()
        elif (candidates, taken, waiting) == (self._candidates, self._taken, self._waiting):
            return
        self.beginResetModel()
        self._layer, self._candidates, self._taken = layer, candidates, taken
        self._waiting, self._part, self._profile = waiting, part, icc_profile
        self.endResetModel()

    def index_of(self, number: int | None) -> QModelIndex:
        """Of a candidate; no index where there is no such one."""
        rows = (row for row, candidate in enumerate(self._candidates) if candidate.number == number)
        return self.index(next(rows, -1), 0)

    def candidate_at(self, index: Index) -> Candidate | None:
        row = index.row() if index.isValid() else -1
        return self._candidates[row] if 0 <= row < len(self._candidates) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._candidates) + self._waiting

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.candidate_at(index) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        candidate = self.candidate_at(index)
        if candidate is None:
            return "Still being made" if role == Qt.ItemDataRole.ToolTipRole else None
        if role == CANDIDATE_ROLE:
            return candidate
        if role == TAKEN_ROLE:
            return candidate.number == self._taken
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnail(candidate)
        if role == Qt.ItemDataRole.DisplayRole:
            return str(candidate.number)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return _description(candidate, candidate.number == self._taken)
        return None

    def _thumbnail(self, candidate: Candidate) -> QPixmap | None:
        if candidate.number not in self._thumbnails and self._part:
            image = plane_thumbnail(candidate.pixels, self._part, 2 * THUMBNAIL, self._profile)
            self._thumbnails[candidate.number] = QPixmap.fromImage(image)
        return self._thumbnails.get(candidate.number)


def _shown_part(layer: FillLayer, made: Bounds) -> Bounds:
    """What the thumbnails show: what the layer does, and a little around it, as far as anything was made."""
    if layer.mask is None:
        return made
    shown = layer.mask.content_bounds()
    return shown.padded(round(shown.extent.longest * _SURROUND)).intersected(made)


def _description(candidate: Candidate, taken: bool) -> str:
    text = f"Candidate {candidate.number}{' (taken)' if taken else ''}\nSeed {candidate.seed}"
    seconds = candidate.facts.get("seconds")
    return f"{text}\nMade in {duration_text(seconds)}" if isinstance(seconds, int | float) else text
