"""CanvasFrame: a canvas and the rulers along its sides."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from editor.canvas.canvas import Canvas
from editor.canvas.rulers import Ruler
from editor.settings import Settings


class CanvasFrame(QWidget):
    """The setting ``rulers-shown`` says whether the rulers are."""

    def __init__(self, canvas: Canvas, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._settings = settings
        self.above, self.left = Ruler(canvas, down=False), Ruler(canvas, down=True)
        self._unit = QLabel("px", alignment=Qt.AlignmentFlag.AlignCenter)
        self._unit.setFont(self.above.font())
        self._unit.setToolTip("The rulers measure in pixels of the picture.")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for place, widget in (
            ((0, 0), self._unit),
            ((0, 1), self.above),
            ((1, 0), self.left),
            ((1, 1), canvas),
        ):
            grid.addWidget(widget, *place)
        self.setFocusProxy(canvas)
        self._disconnect = settings.on_change(self._setting_changed)
        self._setting_changed("rulers-shown")

    def release_session(self) -> None:
        """Stops listening to session and settings; call before the frame is thrown away."""
        self._disconnect()
        self.canvas.release_session()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id == "rulers-shown":
            for widget in (self._unit, self.above, self.left):
                widget.setVisible(self._settings["rulers-shown"])
