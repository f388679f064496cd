"""About: the version, the licences of all that is installed, and a report that can be copied."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

from editor import licences
from editor.ui import about
from editor.ui.about import AboutDialog
from editor.ui.main_window import MainWindow
from editor.version import version

REPORT = "import sys; print('Pentimento 9,', 'doctor' in sys.argv)"


@pytest.fixture
def dialog(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[AboutDialog]:
    monkeypatch.setattr(about, "program_command", lambda: [sys.executable, "-c", REPORT])
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    dialog.reject()


def test_the_menu_shows_it(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        QDialog, "exec", lambda dialog: seen.extend(label.text() for label in dialog.findChildren(QLabel))
    )
    window.actions_["about"].trigger()
    assert any(version() in text and "Apache License 2.0" in text for text in seen)


def test_the_licences_of_all_that_is_installed_are_shown(qtbot: QtBot, dialog: AboutDialog) -> None:
    qtbot.waitUntil(lambda: bool(dialog.licences.toPlainText()), timeout=30_000)
    text = dialog.licences.toPlainText()
    assert "Apache License" in text and "GNU LESSER GENERAL PUBLIC LICENSE" in text
    for one in licences.installed():
        assert f"\n{one.name} {one.version}" in text
    names = {one.name.lower() for one in licences.installed()}
    assert {"numpy", "pillow", "pyside6_essentials", "shiboken6", "numba", "llvmlite"} <= names
    assert "pytest" not in names


def test_a_packaged_program_shows_its_file(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "MacOS" / "pentimento"))
    (tmp_path / "MacOS").mkdir()
    missing = AboutDialog()
    qtbot.addWidget(missing)
    qtbot.waitUntil(lambda: "cannot be read" in missing.licences.toPlainText())
    (tmp_path / "MacOS" / licences.FILE).write_text("Beside", encoding="utf-8")
    assert licences.text() == "Beside"
    (tmp_path / "Resources").mkdir()
    (tmp_path / "Resources" / licences.FILE).write_text("Bundled", encoding="utf-8")
    assert licences.text() == "Bundled"


def test_the_report_is_made_when_it_is_looked_at_and_can_be_copied(qtbot: QtBot, dialog: AboutDialog) -> None:
    assert not dialog.findChildren(QProcess) and not dialog.copy.isEnabled()
    dialog.tabs.setCurrentIndex(1)
    qtbot.waitUntil(dialog.copy.isEnabled, timeout=30_000)
    assert dialog.system.toPlainText() == "Pentimento 9, True"
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == "Pentimento 9, True"


def test_closing_it_ends_the_report(
    qtbot: QtBot, dialog: AboutDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = "import threading; threading.Event().wait()"
    monkeypatch.setattr(about, "program_command", lambda: [sys.executable, "-c", endless])
    dialog.tabs.setCurrentIndex(1)
    (process,) = dialog.findChildren(QProcess)
    assert process.waitForStarted()
    dialog.reject()
    assert process.state() == QProcess.ProcessState.NotRunning


def test_a_program_that_cannot_be_started_is_told_of(
    qtbot: QtBot, dialog: AboutDialog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(about, "program_command", lambda: [str(tmp_path / "nothing")])
    dialog.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "could not be made" in dialog.system.toPlainText())
