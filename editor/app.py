"""The window's process: composes settings, worker and window; nothing knows it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QApplication

from editor.cli import BAD_INPUT
from editor.doctor import display
from editor.raster import native
from editor.settings import Settings
from editor.single_instance import Reception, hand_over
from editor.ui.icons import program_icon
from editor.ui.main_window import MainWindow
from editor.ui.theme import apply_theme
from inference.client import host_command
from inference.worker import InferenceWorker

_KERNELS_AFTER = 100
"""Milliseconds from the opening of the first picture."""


def qt_application() -> QApplication:
    """Which passes on every move of the pointer: the canvas gathers them, and a stroke keeps its shape also while the
    program is late."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    return QApplication(sys.argv[:1])


class Application:
    """Everything that lives as long as the window."""

    def __init__(self, qt: QApplication) -> None:
        qt.setApplicationName("Pentimento")
        qt.setDesktopFileName("pentimento")
        qt.setWindowIcon(program_icon())
        self._qt = qt
        self.settings = Settings()
        apply_theme(qt, self.settings["theme"])
        self.settings.on_change(self._setting_changed)
        self.worker = InferenceWorker(host_command(self.settings["engine-python"]))
        self.window = MainWindow(self.settings, self.worker)
        self._kernels = threading.Thread(target=native.load, name="kernels")
        self.worker.start()  # last: a running thread must not be thrown away by what goes wrong before

    def load_kernels(self) -> None:
        """Once, beside the window. Until they are there, and where they are not to be had, the canvas does without."""
        self._kernels.start()

    def close(self) -> None:
        """Ends the worker and its host; call after the event loop."""
        native.give_up()
        self.worker.stop()
        if self._kernels.is_alive():
            self._kernels.join()

    def _setting_changed(self, setting_id: str) -> None:
        if setting_id == "theme":
            apply_theme(self._qt, self.settings["theme"])


def run(paths: Sequence[Path], picture: Path | None = None, new_window: bool = False) -> int:
    """Opens the window with these files, unless a program that runs takes them; with ``new_window`` it is not asked.
    With ``picture``, saves a picture of the window there and ends."""
    if not os.environ.get("QT_QPA_PLATFORM") and not display(os.environ, sys.platform)["available"]:
        print(
            "pentimento: there is no display to open the window on; “fill” and “export” need none.",
            file=sys.stderr,
        )
        return BAD_INPUT
    qt = qt_application()
    reception = Reception()
    qt.installEventFilter(reception)
    # Another start may have been a moment earlier than this one.
    if picture is None and not reception.claim() and not new_window and hand_over(paths, starting=True):
        return 0
    application = Application(qt)
    try:
        application.window.show()
        QTimer.singleShot(0, application.window, lambda: _begin(application, paths, picture))
        QTimer.singleShot(0, application.window, lambda: reception.attach(application.window))
        # Python handles a signal only when it runs: a timer gives it the chance to, for Ctrl+C in the terminal. It may
        # then be in the middle of anything, holding any lock: closing waits for the event loop's next turn.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: QTimer.singleShot(0, application.window.close))
        ticks = QTimer(interval=250)
        ticks.timeout.connect(lambda: None)
        ticks.start()
        return qt.exec()
    finally:
        reception.close()  # first: from now on a start opens a window of its own
        application.close()


def _begin(application: Application, paths: Sequence[Path], picture: Path | None) -> None:
    application.window.open_paths(paths)
    application.window.journals.look()
    # After the first picture: its time is not shared with them.
    QTimer.singleShot(_KERNELS_AFTER, application.window, application.load_kernels)
    if picture is not None:
        _take_picture(application, picture)


def _take_picture(application: Application, path: Path) -> None:
    """Of all that is in view, however long it takes."""
    canvas = application.window.canvas
    if canvas is not None:
        projection = canvas.session.projection
        projection.update(canvas.viewport.visible(), level=projection.level(canvas.viewport.zoom))
    path.parent.mkdir(parents=True, exist_ok=True)
    if application.window.grab().save(str(path)):
        QApplication.exit(0)
    else:
        print(f"pentimento: the picture of the window could not be written to {path}", file=sys.stderr)
        QApplication.exit(BAD_INPUT)
