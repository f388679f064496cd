"""CandidateDelegate: one picture of the candidates' strip, with its number, and a mark on the one that is taken."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from editor.canvas.picture import checkerboard, is_dark
from editor.ui.candidates_model import CANDIDATE_ROLE, TAKEN_ROLE, THUMBNAIL
from editor.ui.icons import icon

FRAME = 6
"""Around a thumbnail, in screen pixels."""

_BADGE = 18

Index = QModelIndex | QPersistentModelIndex


class CandidateDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(THUMBNAIL + 2 * FRAME, THUMBNAIL + 2 * FRAME)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        palette = option.palette
        cell = QRect(0, 0, THUMBNAIL + 2 * FRAME, THUMBNAIL + 2 * FRAME)
        cell.moveCenter(option.rect.center())  # the view may stretch its rows
        place = cell.adjusted(FRAME, FRAME, -FRAME, -FRAME)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if index.data(CANDIDATE_ROLE) is None:
            self._paint_waiting(painter, place, palette)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
                painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), 4, 4)
            self._paint_candidate(painter, place, palette, index)
        painter.restore()

    def _paint_waiting(self, painter: QPainter, place: QRect, palette: QPalette) -> None:
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        painter.setPen(QPen(dim, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(place.adjusted(0, 0, -1, -1), 3, 3)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "…")

    def _paint_candidate(self, painter: QPainter, place: QRect, palette: QPalette, index: Index) -> None:
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture is not None:
            fitted = QRect(
                place.topLeft(), picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
            )
            fitted.moveCenter(place.center())
            painter.fillRect(fitted, checkerboard(is_dark(palette)))
            painter.drawPixmap(fitted, picture)
        badge = QRect(place.left(), place.top(), _BADGE, _BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 170))
        painter.drawRoundedRect(badge, 3, 3)
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, index.data())
        if index.data(TAKEN_ROLE):
            mark = QRect(place.right() - _BADGE + 1, place.bottom() - _BADGE + 1, _BADGE, _BADGE)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Accent))
            painter.drawRoundedRect(mark, 3, 3)
            icon("check").paint(painter, mark.adjusted(2, 2, -2, -2))
