"""StatusInfo: where the pointer is, the picture's size and memory, the zoom; a download's progress."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QLabel, QStatusBar

from editor.document.geometry import Bounds
from editor.session import Session
from editor.texts import bytes_text

MEMORY_INTERVAL = 1000
"""Milliseconds. It costs a look at every tile, and a history that is packed in the background says nothing of that; so
it waits until nothing is painted any more."""


class StatusInfo(QObject):
    def __init__(self, bar: QStatusBar) -> None:
        super().__init__(bar)
        self._session: Session | None = None
        self._disconnect: Callable[[], None] = lambda: None
        self._watch = QTimer(self, interval=MEMORY_INTERVAL)
        self._watch.timeout.connect(self._look)
        self._painting = False
        self._pointer, self._size, self._memory, self._angle, self._zoom = (QLabel() for _ in range(5))
        for label, sample in (
            (self._pointer, "00000, 00000"),
            (self._size, "00000 × 00000 px"),
            (self._memory, "0000 MB"),
            (self._angle, ""),
            (self._zoom, "6400 %"),
        ):
            label.setContentsMargins(6, 0, 6, 0)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(sample) + 12)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            bar.addPermanentWidget(label)
        self._download = QLabel()
        self._download.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self._download)

    @Slot(int, int)
    def show_pointer(self, x: int, y: int) -> None:
        self._pointer.setText("" if x < 0 else f"{x}, {y}")

    @Slot(float)
    def show_zoom(self, zoom: float) -> None:
        percent = zoom * 100
        self._zoom.setText(f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %")

    @Slot(float, bool)
    def show_angle(self, angle: float, mirrored: bool) -> None:
        """In degrees; nothing where the picture is upright and not ``mirrored``."""
        turned = f"{angle:.0f}°".replace("-", "−") if angle else ""
        self._angle.setText(" · ".join(filter(None, ("Mirrored" if mirrored else "", turned))))

    @Slot(str)
    def show_download(self, text: str) -> None:
        """At the left; empty where nothing is being downloaded."""
        self._download.setText(text)

    @Slot()
    def show_memory(self) -> None:
        """Of the picture that is shown, as it is now."""
        if self._session is None:
            return
        memory, budget = self._session.memory, self._session.history.budget
        self._memory.setText(bytes_text(memory.total))
        self._memory.setToolTip(
            "Memory that this picture holds\n"
            f"Layers: {bytes_text(memory.layers)}\n"
            f"Undo: {bytes_text(memory.history)} of at most {bytes_text(budget)}\n"
            f"Display: {bytes_text(memory.display)}"
        )

    def _look(self) -> None:
        if not self._painting:
            self.show_memory()
        self._painting = False

    def _on_pixels(self, _bounds: Bounds) -> None:
        self._painting = True

    def show_picture(self, session: Session | None) -> None:
        """Its memory is followed from now on."""
        another, self._session = session is not self._session, session
        if another:
            self._disconnect()
            if session is not None:
                self._disconnect = session.document.pixels_changed.connect(self._on_pixels)
        if session is None:
            self._watch.stop()
            for label in (self._pointer, self._size, self._memory, self._angle, self._zoom):
                label.clear()
            self._memory.setToolTip("")
            return
        if another:
            self.show_memory()
            self._watch.start()
        extent = session.document.extent
        depth = "" if session.document.depth == 8 else f" · {session.document.depth} bit"
        self._size.setText(f"{extent.width} × {extent.height} px{depth}")
