"""LayerDelegate: a row of the layers panel: eye, thumbnail, name, and what is special about the layer."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from editor.canvas.picture import checkerboard, is_dark
from editor.document.layers import FillLayer, Group, Layer
from editor.ui.icons import icon
from editor.ui.layers_model import DETAIL_ROLE, LAYER_ROLE, THUMBNAIL

_EYE = 26
_GAP = 8
_HEIGHT = THUMBNAIL + 12
_CLIP = 20
"""How far a clipped layer is indented, and the arrow that leads down to what it is clipped to."""

Index = QModelIndex | QPersistentModelIndex


class LayerDelegate(QStyledItemDelegate):
    """``eye_clicked(Layer)``."""

    eye_clicked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer: Layer = index.data(LAYER_ROLE)
        palette, style = option.palette, QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        text = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        dim = QColor(text)
        dim.setAlpha(150)
        painter.save()
        eye = icon("eye" if layer.visible else "eye-off")
        eye_rect = self._eye_rect(option.rect)
        mode = QIcon.Mode.Selected if selected else QIcon.Mode.Normal
        painter.setOpacity(1.0 if layer.visible else 0.45)
        eye.paint(painter, eye_rect.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignCenter, mode)
        painter.setOpacity(1.0)
        thumbnail = self._thumbnail_rect(option.rect, layer)
        if layer.clipped:
            arrow = QRect(thumbnail.left() - _CLIP, thumbnail.center().y() - 8, 16, 16)
            icon("clip").paint(painter, arrow, Qt.AlignmentFlag.AlignCenter, mode)
        painter.setOpacity(1.0 if layer.visible else 0.45)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if picture is not None:
            fitted = picture.size().scaled(thumbnail.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(thumbnail.topLeft(), fitted)
            place.moveCenter(thumbnail.center())
            painter.fillRect(place, checkerboard(is_dark(palette)))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, picture)
            painter.setPen(QColor(0, 0, 0, 90))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
        elif isinstance(layer, Group):
            icon("folder").paint(painter, thumbnail, Qt.AlignmentFlag.AlignCenter, mode)
        rect = self._text_rect(option.rect, layer)
        for name in _marks(layer):
            mark = QRect(rect.right() - 18, rect.center().y() - 8, 16, 16)
            icon(name).paint(painter, mark, Qt.AlignmentFlag.AlignCenter, mode)
            rect.setRight(mark.left() - 4)
        detail = index.data(DETAIL_ROLE)
        metrics: QFontMetrics = option.fontMetrics
        title = metrics.elidedText(layer.name, Qt.TextElideMode.ElideRight, rect.width())
        painter.setPen(text)
        if detail:
            line = metrics.height()
            top = rect.center().y() - line
            painter.drawText(
                QRect(rect.left(), top, rect.width(), line), Qt.AlignmentFlag.AlignVCenter, title
            )
            painter.setPen(dim)
            small = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(
                QRect(rect.left(), top + line, rect.width(), line), Qt.AlignmentFlag.AlignVCenter, small
            )
        else:
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, title)
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if (
            isinstance(event, QMouseEvent)
            and event.button() == Qt.MouseButton.LeftButton
            and self._eye_rect(option.rect).contains(event.position().toPoint())
        ):
            if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
                self.eye_clicked.emit(index.data(LAYER_ROLE))
            return True
        return super().editorEvent(event, model, option, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        text = self._text_rect(option.rect, index.data(LAYER_ROLE))
        editor.setGeometry(text.adjusted(-4, 4, 0, -4))  # over the second line as well

    @staticmethod
    def _eye_rect(row: QRect) -> QRect:
        return QRect(row.left(), row.top(), _EYE, row.height())

    @staticmethod
    def _thumbnail_rect(row: QRect, layer: Layer) -> QRect:
        left = row.left() + _EYE + (_CLIP if layer.clipped else 0)
        return QRect(left, row.top() + (row.height() - THUMBNAIL) // 2, THUMBNAIL, THUMBNAIL)

    def _text_rect(self, row: QRect, layer: Layer) -> QRect:
        left = self._thumbnail_rect(row, layer).right() + _GAP
        return QRect(left, row.top(), row.right() - left - 4, row.height())


def _marks(layer: Layer) -> Iterator[str]:
    """The icons at a row's right end, from the right. Every fill has a mask: it says nothing there."""
    if layer.locked:
        yield "lock"
    if isinstance(layer, FillLayer):
        yield "fill"
    elif layer.mask is not None:
        yield "mask"
