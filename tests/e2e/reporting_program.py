"""The program as it is, which also writes what a person would see to standard output: one “key value” a line.

``zoom``, ``selection``, ``layers``, ``history`` and ``saved`` when they change; ``view``, where the picture lies in the
window, when SIGUSR1 asks for it.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QCoreApplication, QPoint, Qt

import main
from editor.ui.main_window import MainWindow


def report(key: str, value: object) -> None:
    print(key, value, flush=True)


def report_view(window: MainWindow) -> None:
    """The window's id, the picture's origin in it, and scale."""
    canvas = window.canvas
    assert canvas is not None
    corner = canvas.mapTo(window, QPoint(0, 0))
    viewport = canvas.viewport
    report(
        "view", f"{int(window.winId())} {corner.x() + viewport.x} {corner.y() + viewport.y} {viewport.scale}"
    )


def watch(window: MainWindow) -> None:
    session = window.session
    assert session is not None
    document = session.document

    def selection(_bounds: object) -> None:
        b = document.selection.content_bounds()
        report("selection", f"{b.x} {b.y} {b.width} {b.height}")

    # A hand makes many small moves, of which none matters; of a test's few every corner does, also on a busy machine.
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    document.selection_changed.connect(selection)
    document.layers_changed.connect(lambda: report("layers", [layer.name for layer in document.layers()]))
    session.history.changed.connect(lambda: report("history", session.history.position))
    session.path_changed.connect(lambda: report("saved", session.path))
    window.canvas.zoom_changed.connect(lambda zoom: report("zoom", zoom))
    signal.signal(signal.SIGUSR1, lambda *_: report_view(window))


add_session = MainWindow.add_session


def add_and_watch(window: MainWindow, session: object) -> None:
    add_session(window, session)
    watch(window)


MainWindow.add_session = add_and_watch
sys.exit(main.main())
