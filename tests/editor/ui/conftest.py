"""The real window with a real worker, whose host runs a stand-in engine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from editor.document.tiles import Array8
from editor.settings import Settings
from editor.ui.main_window import MainWindow
from inference.worker import InferenceWorker
from tests.inference.models.conftest import hub as hub
from tests.inference.models.conftest import store as store

STAND_IN = Path(__file__).resolve().parents[2] / "inference" / "stand_in_host.py"


@pytest.fixture
def photo(tmp_path: Path, picture: Array8) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.ascontiguousarray(picture[..., :3])).save(path)
    return path


@pytest.fixture
def served() -> str:
    """The engine in whose place the stand-in stands."""
    return "content-aware"


@pytest.fixture
def window(qtbot: QtBot, settings: Settings, served: str) -> Iterator[MainWindow]:
    """Shown, with no picture. What is still open at the end is thrown away without a question."""
    worker = InferenceWorker([sys.executable, str(STAND_IN), "--serve", served])
    worker.start()
    made = MainWindow(settings, worker)
    made.resize(1200, 800)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.fills.cancel()
    for session in made.sessions:
        session.mark_clean()
    made.close()
    worker.stop()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def opened(window: MainWindow, photo: Path) -> MainWindow:
    window.open_paths([photo])
    assert window.session is not None
    return window


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Answers the next questions and file dialogs; gives the list of what was asked, and what would be lost."""
    from PySide6.QtWidgets import QFileDialog, QMessageBox

    from editor.ui.save_dialog import SaveDialog

    asked: list[str] = []

    def install(button: QMessageBox.StandardButton | None = None, path: Path | None = None) -> list[str]:
        def ask(box: QMessageBox) -> QMessageBox.StandardButton | None:
            asked.append(box.text())
            return button

        def ask_path(dialog: QFileDialog) -> int:
            asked.extend(dialog.selectedFiles())
            if path is None:
                return QFileDialog.DialogCode.Rejected
            monkeypatch.setattr(QFileDialog, "selectedFiles", lambda _dialog: [str(path)])
            return QFileDialog.DialogCode.Accepted

        def ask_options(dialog: SaveDialog) -> int:
            asked.extend(dialog.losses)
            return SaveDialog.DialogCode.Accepted

        monkeypatch.setattr(QMessageBox, "exec", ask)
        monkeypatch.setattr(SaveDialog, "exec", ask_options)
        monkeypatch.setattr(QFileDialog, "exec", ask_path)
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: ([str(path)] if path else [], ""))
        return asked

    return install
