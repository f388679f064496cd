"""ColorPopup: a square of saturation and value, a bar of hues, the colour as text, and those used lately."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QMargins, QPoint, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from editor.ui.color_button import ColorButton

_SQUARE = 220
_BAR = 22
_RECENT_SIDE = 22
_PER_ROW = 10
_HANDLE = 6.0
_ROOM = 8
_STEP, _PAGE = 0.01, 0.1
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


class _Field(QWidget):
    """What is dragged in, or walked over with the arrow keys (Shift: in larger steps): ``moved(x, y)``, 0–1 each."""

    moved = Signal(float, float)

    def __init__(self, name: str, size: QSize, margins: QMargins) -> None:
        """``margins``: room around the field for a handle at its edge."""
        super().__init__()
        self.across = self.down = 0.0
        self.area = QRect(QPoint(margins.left(), margins.top()), size)
        self.setFixedSize(size.grownBy(margins))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._to(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _PAGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        across, down = {
            Qt.Key.Key_Left: (-step, 0.0),
            Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, -step),
            Qt.Key.Key_Down: (0.0, step),
        }.get(Qt.Key(event.key()), (0.0, 0.0))
        if across or down:
            self._move(self.across + across, self.down + down)
        else:
            super().keyPressEvent(event)

    def place(self, x: float, y: float) -> None:
        self.across, self.down = x, y
        self.update()

    def _to(self, position: QPointF) -> None:
        area = self.area
        self._move(
            (position.x() - area.left()) / (area.width() - 1),
            (position.y() - area.top()) / (area.height() - 1),
        )

    def _move(self, x: float, y: float) -> None:
        self.place(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0))
        self.moved.emit(self.across, self.down)

    def _frame(self, painter: QPainter) -> None:
        role = QPalette.ColorRole.Accent if self.hasFocus() else QPalette.ColorRole.Shadow
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self.palette().color(role))
        painter.drawRect(self.area.adjusted(0, 0, -1, -1))

    def _handle(self) -> QPointF:
        """Its centre."""
        area = self.area
        return QPointF(
            area.left() + self.across * (area.width() - 1), area.top() + self.down * (area.height() - 1)
        )


class _Square(_Field):
    """Saturation to the right, value upwards, of one hue."""

    def __init__(self) -> None:
        margins = QMargins(_ROOM, _ROOM, _ROOM, _ROOM)
        super().__init__("Saturation and value", QSize(_SQUARE, _SQUARE), margins)
        self.hue = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        across = QLinearGradient(self.area.topLeft(), self.area.topRight())
        across.setColorAt(0, QColor(Qt.GlobalColor.white))
        across.setColorAt(1, QColor.fromHsvF(self.hue, 1, 1))
        painter.fillRect(self.area, across)
        down = QLinearGradient(self.area.topLeft(), self.area.bottomLeft())
        down.setColorAt(0, QColor(0, 0, 0, 0))
        down.setColorAt(1, QColor(Qt.GlobalColor.black))
        painter.fillRect(self.area, down)
        self._frame(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((Qt.GlobalColor.black, 3.5), (Qt.GlobalColor.white, 1.5)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawEllipse(self._handle(), _HANDLE, _HANDLE)
        painter.end()


class _HueBar(_Field):
    """Hues from red, above, once around to red."""

    def __init__(self) -> None:
        super().__init__("Hue", QSize(_BAR, _SQUARE), QMargins(0, _ROOM, 0, _ROOM))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        down = QLinearGradient(self.area.topLeft(), self.area.bottomLeft())
        for sixth in range(7):
            down.setColorAt(sixth / 6, QColor.fromHsvF(sixth % 6 / 6, 1, 1))
        painter.fillRect(self.area, down)
        self._frame(painter)
        mark = QRect(0, round(self._handle().y()) - 3, self.width() - 1, 6)
        painter.setPen(QColor(Qt.GlobalColor.black))
        painter.drawRect(mark)
        painter.setPen(QColor(Qt.GlobalColor.white))
        painter.drawRect(mark.adjusted(1, 1, -1, -1))
        painter.end()


class ColorPopup(QFrame):
    """Signals: ``color_changed(str)`` at every move, “#rrggbb”; ``closed(str)`` with the colour it ended on.

    Escape brings back the colour that it was opened with; Enter, or a click beside it, keeps the new one.
    """

    color_changed = Signal(str)
    closed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("color-popup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._hue = self._saturation = self._value = 0.0
        self._color = self._before = "#000000"
        self.square, self.hues = _Square(), _HueBar()
        self.square.moved.connect(self._square_moved)
        self.hues.moved.connect(self._hue_moved)
        self.hex = QLineEdit(maxLength=7)
        self.hex.setAccessibleName("Colour as text")
        self.hex.setToolTip("Red, green and blue in hexadecimal, as on the web")
        self.hex.setFixedWidth(96)
        self.hex.textEdited.connect(self._typed)
        self._old, self._new = QLabel(), QLabel()
        for label, name in ((self._old, "Before"), (self._new, "Now")):
            label.setToolTip(name)
            label.setAutoFillBackground(True)
            label.setMinimumHeight(26)
        compared = QHBoxLayout()
        compared.setSpacing(0)
        compared.addWidget(self._old, 1)
        compared.addWidget(self._new, 1)
        text = QHBoxLayout()
        text.setContentsMargins(_ROOM, 0, 0, 0)
        text.setSpacing(12)
        text.addWidget(self.hex)
        text.addLayout(compared, 1)
        self._recent = QGridLayout()
        self._recent.setSpacing(3)
        self._recent.setContentsMargins(_ROOM, 0, 0, 0)
        self._recent.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._recent_title = QLabel("Used lately")
        self._recent_title.setContentsMargins(_ROOM, 6, 0, 0)
        self._recent_title.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        fields = QHBoxLayout()
        fields.setSpacing(6)
        fields.addWidget(self.square)
        fields.addWidget(self.hues)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12 - _ROOM, 12 - _ROOM, 12, 12)
        layout.setSpacing(10 - _ROOM // 2)
        layout.addLayout(fields)
        layout.addLayout(text)
        layout.addWidget(self._recent_title)
        layout.addLayout(self._recent)

    @property
    def color(self) -> str:
        return self._color

    def open_at(self, anchor: QWidget, color: str, recent: Sequence[str]) -> None:
        """Beside ``anchor``, wherever the screen has room."""
        self._before = color
        self._show(QColor(color))
        self._paint(self._old, color)
        self._show_recent(recent)
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(anchor.width() + 6, 0))
        screen = QGuiApplication.screenAt(corner) or anchor.screen()
        room = screen.availableGeometry()
        x = min(corner.x(), room.right() - self.width())
        y = min(corner.y(), room.bottom() - self.height())
        self.move(max(x, room.left()), max(y, room.top()))
        self.show()
        self.square.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        elif event.key() == Qt.Key.Key_Escape:
            self._show(QColor(self._before))
            self.color_changed.emit(self._before)
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.closed.emit(self._color)
        super().hideEvent(event)

    @Slot(float, float)
    def _square_moved(self, x: float, y: float) -> None:
        self._saturation, self._value = x, 1 - y
        self._chosen()

    @Slot(float, float)
    def _hue_moved(self, _x: float, y: float) -> None:
        self._hue = y % 1.0
        self._chosen()

    @Slot(str)
    def _typed(self, text: str) -> None:
        if _HEX.fullmatch(text.strip()):
            self._take("#" + text.strip().lstrip("#"), text)

    def _take(self, color: str, typed: str = "") -> None:
        self._show(QColor(color), typed)
        self.color_changed.emit(self._color)

    def _chosen(self) -> None:
        """Hue, saturation and value are what was moved to: a grey keeps its hue for when it is coloured again."""
        self._color = QColor.fromHsvF(self._hue, self._saturation, self._value).name()
        self._show_parts()
        self.color_changed.emit(self._color)

    def _show(self, color: QColor, typed: str = "") -> None:
        self._color = color.name()
        self._saturation, self._value = color.hsvSaturationF(), color.valueF()
        if color.hsvHueF() >= 0:  # a grey has none
            self._hue = color.hsvHueF()
        self._show_parts(typed)

    def _show_parts(self, typed: str = "") -> None:
        self.square.hue = self._hue
        self.square.place(self._saturation, 1 - self._value)
        # Red lies at both ends: the handle stays where it is.
        self.hues.place(0, 1.0 if self._hue == 0 and self.hues.down == 1 else self._hue)
        self.square.setAccessibleDescription(
            f"Saturation {round(self._saturation * 100)} %, value {round(self._value * 100)} %"
        )
        self.hues.setAccessibleDescription(f"{round(self._hue * 360)}°")
        if not typed:
            self.hex.setText(self._color)
        self._paint(self._new, self._color)

    def _show_recent(self, recent: Sequence[str]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()
        for place, color in enumerate(recent):
            button = ColorButton(color, side=_RECENT_SIDE)
            button.clicked.connect(lambda _checked=False, chosen=color: self._take(chosen))
            self._recent.addWidget(button, place // _PER_ROW, place % _PER_ROW)
        self._recent_title.setVisible(bool(recent))

    @staticmethod
    def _paint(label: QLabel, color: str) -> None:
        palette = label.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(color))
        label.setPalette(palette)
