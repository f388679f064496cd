"""ValueBar: a number as a bar that is dragged over, or typed into."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from editor.ui.spin_box import SpinBox

LONGEST_LINEAR = 500
"""A longer range is quadratic: fine steps where the numbers are small."""

_HEIGHT = 26
_PADDING = 8
_GAP = 36
_FINE = 0.1
_TYPES = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2})


class ValueBar(QSlider):
    """A press sets the value, dragging changes it (with Shift slowly); a double click, Enter or a digit begins to type.

    Title and value stand on the bar itself, so that a row of them needs little room.
    """

    def __init__(
        self, title: str, minimum: int, maximum: int, unit: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._title, self._unit = title, unit
        self._span = maximum - minimum
        self._pressed_at: QPointF | None = None
        self._before = self._from = 0
        self.editor: SpinBox | None = None
        self.setRange(minimum, maximum)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the canvas
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFixedHeight(_HEIGHT)
        self.valueChanged.connect(self.update)

    def set_maximum(self, maximum: int) -> None:
        """Another upper end; a value beyond it becomes that."""
        self._span = maximum - self.minimum()
        self.setMaximum(maximum)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        longest = f"{self.maximum()}{self._unit}"
        width = metrics.horizontalAdvance(self._title) + metrics.horizontalAdvance(longest)
        return QSize(width + _GAP + 2 * _PADDING, _HEIGHT)

    minimumSizeHint = sizeHint

    def fraction_of(self, value: int) -> float:
        """Where a value lies on the bar, 0–1."""
        share = (value - self.minimum()) / max(1, self._span)
        return math.sqrt(share) if self._span > LONGEST_LINEAR else share

    def value_at(self, fraction: float) -> int:
        fraction = min(max(fraction, 0.0), 1.0)
        share = fraction * fraction if self._span > LONGEST_LINEAR else fraction
        return self.minimum() + round(self._span * share)

    # Typing

    def begin_typing(self, text: str = "") -> None:
        """Opens a number field over the bar, holding the value, or ``text`` in its place."""
        editor = self.editor = SpinBox(self)
        editor.setRange(self.minimum(), self.maximum())
        editor.setSuffix(self._unit)
        editor.setKeyboardTracking(False)
        editor.setAlignment(Qt.AlignmentFlag.AlignRight)
        editor.setAccessibleName(self._title)
        editor.setValue(self.value())
        editor.setGeometry(self.rect())
        editor.editingFinished.connect(self._typed)
        editor.show()
        editor.setFocus()
        editor.selectAll()
        if text:
            editor.lineEdit().insert(text)

    @Slot()
    def _typed(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            self.setValue(editor.value())
            editor.hide()
            editor.deleteLater()

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._before = self.value()
            self._pressed_at = event.position()
            self.setSliderDown(True)
            self.setValue(self.value_at(self._fraction_at(event.position())))
            self._from = self.value()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            moved = (event.position().x() - self._pressed_at.x()) / max(1, self.width())
            self.setValue(self.value_at(self.fraction_of(self._from) + moved * _FINE))
        else:
            self.setValue(self.value_at(self._fraction_at(event.position())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed_at = None
            self.setSliderDown(False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setValue(self._before)  # the first press was not meant to set anything
            self.begin_typing()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        if steps:
            self._step(1 if steps > 0 else -1)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Digits are for typing here, whatever they mean elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _types(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()))
        if steps is not None:
            self._step(steps)
        elif _types(event):
            self.begin_typing(event.text() if event.text().isdigit() else "")
        else:
            super().keyPressEvent(event)

    def _step(self, steps: int) -> None:
        """By units, or where the range is long by twentieths of the value."""
        unit = max(1, self.value() // 20) if self._span > LONGEST_LINEAR else 1
        self.setValue(self.value() + steps * unit)

    def _fraction_at(self, position: QPointF) -> float:
        return (position.x() - 1) / max(1, self.width() - 2)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        palette, rect = self.palette(), self.rect()
        painter = QPainter(self)
        painter.setPen(
            palette.color(QPalette.ColorRole.Accent if self.hasFocus() else QPalette.ColorRole.Mid)
        )
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawRect(rect.adjusted(0, 0, -1, -1))
        inner = rect.adjusted(1, 1, -1, -1)
        filled = QRect(inner)
        filled.setWidth(round(inner.width() * self.fraction_of(self.value())))
        painter.fillRect(filled, palette.color(QPalette.ColorRole.Highlight))
        text = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._title)
        value = f"{self.value()}{self._unit}"
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, value)
        painter.end()


def _types(event: QKeyEvent) -> bool:
    plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    return plain and (event.text().isdigit() or event.key() in _TYPES)
