"""SpinBox: a number field that keeps only the keys that edit numbers, and gives the keyboard back when it is done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent, QValidator
from PySide6.QtWidgets import QDialog, QSpinBox

_EDITING = frozenset(
    {
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    }
)
_CLIPBOARD = (
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.SelectAll,
)


class SpinBox(QSpinBox):
    """Undo, tools and brush sizes work from the keyboard while it has the focus; Enter, Escape and a click on its
    arrows leave it."""

    _before = 0

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not self._edits(event)
        ):
            event.ignore()
            return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._before = self.value()
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.interpretText()
            if isinstance(self.window(), QDialog):
                event.ignore()  # Enter is also the dialog's
            else:
                self.clearFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self.setValue(
                self._before if self.keyboardTracking() else self.value()
            )  # in place of what was typed
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Of the arrows: the text is a widget of its own."""
        super().mouseReleaseEvent(event)
        self.clearFocus()

    @staticmethod
    def _edits(event: QKeyEvent) -> bool:
        plain = not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        )
        return (
            (plain and (event.key() in _EDITING or event.text().isdigit() or event.text() in ("-", ".", ",")))
            or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
            or any(event.matches(standard) for standard in _CLIPBOARD)
        )


class TenthsBox(SpinBox):
    """A number with one decimal, kept as a whole number of tenths."""

    def textFromValue(self, value: int) -> str:
        return f"{value / 10:.1f}"

    def valueFromText(self, text: str) -> int:
        return round(float(self._number(text)) * 10)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        if self._number(text) in ("", "."):
            return QValidator.State.Intermediate, text, position
        try:
            value = self.valueFromText(text)
        except ValueError:
            return QValidator.State.Invalid, text, position
        fits = self.minimum() <= value <= self.maximum()
        return (QValidator.State.Acceptable if fits else QValidator.State.Intermediate), text, position

    def _number(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip().replace(",", ".")
