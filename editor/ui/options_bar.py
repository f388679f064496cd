"""OptionsBar: a row under the menu with the chosen tool's name, its options, and a hint how to use it.

``FlatToolBar``, which it is, is for the other bars as well.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolBar,
    QWidget,
)

from editor.setting_table import SETTINGS, Setting
from editor.settings import Settings
from editor.ui.option_popup import OptionPopup
from editor.ui.option_widgets import POPUPS, option_widget

_HEIGHT = 40
_GAP = 10
_TITLE_WIDTH = 112


class FlatToolBar(QToolBar):
    """A fixed tool bar of the window's own colour, with a dark hairline towards the picture.

    Fusion's has a gradient and a white line along its edge, which is glaring in the dark theme.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setMovable(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        edge = self.rect().adjusted(0, 0, -1, -1)
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.Window).darker(130))
        if self.orientation() == Qt.Orientation.Horizontal:
            painter.drawLine(edge.bottomLeft(), edge.bottomRight())
        else:
            painter.drawLine(edge.topRight(), edge.bottomRight())
        painter.end()


class OptionsBar(FlatToolBar):
    """Options that do not fit go into the bar's » menu, from the right; the hint gives way first."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__("Tool Options", parent)
        self.setMinimumHeight(_HEIGHT)
        self._settings = settings
        self._shown: tuple[str, tuple[str, ...], str] | None = None

    def show_options(self, title: str, ids: tuple[str, ...], hint: str = "") -> None:
        """Shows the settings ``ids``, in this order, in place of what was shown."""
        if self._shown == (title, ids, hint):
            return
        self._shown = (title, ids, hint)
        for action in self.actions():
            self.removeAction(action)
            action.deleteLater()  # with its widget
        self.addWidget(_title(title))
        for setting_id in ids:
            if setting_id not in POPUPS:
                self.addWidget(self._option(SETTINGS[setting_id]))
        for popup in dict.fromkeys(POPUPS[each] for each in ids if each in POPUPS):
            held = [each for each in ids if POPUPS.get(each) == popup]
            self.addWidget(_spaced(OptionPopup(popup, held, self._settings, self)))
        self.addWidget(HintLabel(hint))

    def _option(self, setting: Setting) -> QWidget:
        widget = option_widget(setting, self._settings, self)
        if widget.titled:
            return _spaced(widget)
        label = QLabel(setting.title)
        label.setBuddy(widget)
        label.setToolTip(setting.help)
        return _spaced(label, widget)


class HintLabel(QWidget):
    """A dim line at the right end of what room there is, elided where it is too long."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._text) + 2 * _GAP, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.width() < self.sizeHint().width() // 2:
            return  # a word or two explain nothing; the tooltip has it all
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        room = self.rect().adjusted(_GAP, 0, -_GAP, 0)
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        painter.end()


def _spaced(*widgets: QWidget) -> QWidget:
    """With room at both sides."""
    option = QWidget()
    row = QHBoxLayout(option)
    row.setContentsMargins(_GAP // 2, 0, _GAP // 2, 0)
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    option.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    return option


def _title(text: str) -> QLabel:
    label = QLabel(text)
    label.setContentsMargins(_GAP, 0, _GAP, 0)
    font = label.font()
    font.setWeight(QFont.Weight.DemiBold)
    label.setFont(font)
    # Of one width, so that the options stay where they are when the tool changes.
    label.setFixedWidth(max(_TITLE_WIDTH, label.sizeHint().width()))
    return label
