"""The window in a process that is killed in the midst of a fill: ``python -m tests.editor.ui.fill_child PHOTO COUNT``.

Opens the photo and asks the stand-in engine for so many candidates, of which the last one never comes. Tells on the
standard output, for each that has arrived and is in the journal, the number of it and the digest of the document.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from editor.document.layers import FillLayer
from editor.session import Session
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.geometry import Bounds
from inference.worker import InferenceWorker
from tests.editor.journal_support import digest
from tests.editor.ui.conftest import STAND_IN


def main(photo: str, count: str) -> int:
    app = QApplication([])
    worker = InferenceWorker([sys.executable, str(STAND_IN), "--serve", "content-aware", "--unfinished"])
    worker.start()
    window = MainWindow(Settings(), worker)
    window.show()
    window.open_paths([Path(photo)])
    session = window.session
    assert session is not None

    def tell(_session: Session, layer: FillLayer) -> None:
        window.journals._journals[session].journal.flush()
        print(len(layer.candidates), digest(session.document), flush=True)

    window.fills.filled.connect(tell)
    box = Bounds(100, 100, 60, 50)
    session.select(box, np.full((box.height, box.width), 255, np.uint8), "replace", "Select")
    options = window.fill_panel.options()
    window.fills.start(session, replace(options, count=int(count), seed=10))
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
