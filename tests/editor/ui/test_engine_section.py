"""The engine at the head of the Models dialog, with small wheels in place of torch's."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from editor.ui.engine_section import EngineSection
from editor.ui.main_window import MainWindow
from editor.ui.models_dialog import ModelsDialog
from inference.client import host_command
from inference.models.store import ModelStore
from inference.runtime.environments import EnvironmentStore, current_python
from tests.inference.runtime.wheels import release, version_in_use

LEFT = Qt.MouseButton.LeftButton
Press = Callable[..., list[str]]


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release of version 1.0, and no network."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr("inference.runtime.uv.HTTP_RETRIES", "0")
    monkeypatch.setattr("inference.runtime.offer.importlib.util.find_spec", lambda _name: None)
    return release(tmp_path, monkeypatch)


@pytest.fixture
def dialog(qtbot: QtBot, wheels: Path) -> Iterator[ModelsDialog]:
    dialog = ModelsDialog(ModelStore())
    with qtbot.waitSignals([dialog.list.listed, dialog.downloads.listed, dialog.setup.offered]):
        dialog.open_up()
    yield dialog
    dialog.stop()
    dialog.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    """Answers questions by the button whose text begins with ``text`` (none: closes them) and picks ``folder``."""
    asked: list[str] = []

    def install(text: str = "", folder: Path | None = None) -> list[str]:
        def answer(box: QMessageBox) -> int:
            asked.append(f"{box.text()}\n{box.informativeText()}")
            chosen = [button for button in box.buttons() if text and button.text().startswith(text)]
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda _box: chosen[0] if chosen else None)
            return (
                int(box.standardButton(chosen[0]).value)
                if chosen
                else int(QMessageBox.StandardButton.Cancel.value)
            )

        monkeypatch.setattr(QMessageBox, "exec", answer)
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder or ""))
        return asked

    return install


def shown(section: EngineSection) -> set[str]:
    buttons = (section.install_button, section.repair_button, section.remove_button, section.cancel_button)
    return {button.text().partition(" ")[0].rstrip("…") for button in buttons if not button.isHidden()}


def install(qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path) -> None:
    press("From a Folder", wheels)
    with qtbot.waitSignals(
        [dialog.setup.finished, dialog.setup.offered, dialog.engine_changed], timeout=60000
    ):
        qtbot.mouseClick(dialog.engine.install_button, LEFT)


def test_it_says_what_installing_would_fetch_and_fetches_nothing(dialog: ModelsDialog) -> None:
    section = dialog.engine
    assert section.state.text() == "Not installed. Models need it; content-aware fill does not."
    assert section.detail.text().startswith("For the processor: ") and "KB to fetch" in section.detail.text()
    assert "KB)" in section.install_button.text() and shown(section) == {"Install"}
    assert not EnvironmentStore().folder.exists()


def test_it_asks_before_it_fetches(qtbot: QtBot, dialog: ModelsDialog, press: Press) -> None:
    asked = press()
    qtbot.mouseClick(dialog.engine.install_button, LEFT)
    assert "The engine for the processor: torch 1.0, " in asked[0] and "KB to fetch" in asked[0]
    assert not dialog.setup.is_running and not EnvironmentStore().folder.exists()


def test_installed_repaired_and_removed(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path
) -> None:
    section, own = dialog.engine, host_command()
    install(qtbot, dialog, press, wheels)
    assert version_in_use(EnvironmentStore()) == "1.0" and host_command() != own
    assert section.state.text().startswith("Ready: torch 1.0") and shown(section) == {"Repair", "Remove"}
    assert section.notice.text.startswith("The engine is ready: torch 1.0")
    first = current_python()
    with qtbot.waitSignals([dialog.setup.finished, dialog.setup.offered], timeout=60000):
        qtbot.mouseClick(section.repair_button, LEFT)
    assert current_python() not in ("", first)
    asked = press("Remove")
    with qtbot.waitSignals([dialog.setup.removed, dialog.setup.offered, dialog.engine_changed]):
        qtbot.mouseClick(section.remove_button, LEFT)
    assert asked[-1].startswith("Remove the engine from this computer?\nThis frees ")
    assert host_command() == own and shown(section) == {"Install"}


def test_nothing_is_removed_without_a_yes(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path
) -> None:
    install(qtbot, dialog, press, wheels)
    press()
    qtbot.mouseClick(dialog.engine.remove_button, LEFT)
    assert not dialog.setup.is_running and version_in_use(EnvironmentStore()) == "1.0"


def test_cancelled_the_old_one_stays(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(qtbot, dialog, press, wheels)
    hang = ("-c", "__import__('threading').Event().wait()")
    monkeypatch.setattr("inference.runtime.install.SELF_TEST", hang)
    section, setup = dialog.engine, dialog.setup
    with qtbot.waitSignal(setup.progressed, check_params_cb=lambda progress: progress.stage == "test"):
        qtbot.mouseClick(section.repair_button, LEFT)
    assert shown(section) == {"Cancel"} and not section.bar.isHidden()
    assert section.detail.text() == "Trying it out with a small model…"
    with qtbot.waitSignals([setup.stopped, setup.offered]):
        qtbot.mouseClick(section.cancel_button, LEFT)
    assert "was stopped" in section.notice.text
    assert version_in_use(EnvironmentStore()) == "1.0" and shown(section) == {"Repair", "Remove"}


@pytest.mark.parametrize("way", ["lost", "offline"])
def test_what_fails_is_told_in_its_place(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path, way: str
) -> None:
    next(wheels.glob("torch*")).unlink()
    press("Fetch" if way == "offline" else "From a Folder", wheels)
    with qtbot.waitSignals([dialog.setup.failed, dialog.setup.offered], timeout=60000):
        qtbot.mouseClick(dialog.engine.install_button, LEFT)
    sentence = (
        "could not be fetched. Is this computer online?" if way == "offline" else "(torch) is not there"
    )
    assert sentence in dialog.engine.notice.text
    assert "Install" in shown(dialog.engine) or "Go" in shown(dialog.engine)


def test_a_damaged_one_is_told_and_offered_to_be_repaired(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path
) -> None:
    install(qtbot, dialog, press, wheels)
    Path(current_python()).unlink()
    with qtbot.waitSignal(dialog.setup.offered):
        dialog.open_up()
    assert "is gone: repair the engine." in dialog.engine.state.text()
    assert shown(dialog.engine) == {"Repair", "Remove"}


def test_a_platform_without_lists_says_so(qtbot: QtBot, dialog: ModelsDialog, wheels: Path) -> None:
    shutil.rmtree(wheels.parent / "lists 1.0")
    with qtbot.waitSignal(dialog.setup.no_offer):
        dialog.open_up()
    assert "This release has no engine for the processor" in dialog.engine.state.text()
    assert shown(dialog.engine) == set()


def test_what_nobody_uses_any_more_is_deleted_when_it_is_looked_at(
    qtbot: QtBot, dialog: ModelsDialog, press: Press, wheels: Path
) -> None:
    install(qtbot, dialog, press, wheels)
    with subprocess.Popen([current_python(), "-c", "input()"], stdin=subprocess.PIPE) as host:
        with qtbot.waitSignals([dialog.setup.finished, dialog.setup.offered], timeout=60000):
            qtbot.mouseClick(dialog.engine.repair_button, LEFT)
        assert len(list(EnvironmentStore().folder.glob("env-*"))) == 2
        host.communicate(b"\n")
    with qtbot.waitSignal(dialog.setup.offered):
        dialog.setup.look()
    assert len(list(EnvironmentStore().folder.glob("env-*"))) == 1


def test_the_window_lets_its_hosts_run_in_it(
    qtbot: QtBot, window: MainWindow, wheels: Path, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.settings["engine-python"] = ""
    window.dialogs.models()
    dialog = window.findChild(ModelsDialog)
    with qtbot.waitSignal(dialog.setup.offered):
        pass
    commands: list[list[str]] = []
    monkeypatch.setattr(window.readiness._worker, "set_command", commands.append)
    install(qtbot, dialog, press, wheels)
    assert commands == [[current_python(), "-m", "inference.host"]]
    assert dialog.engine.other.isHidden()
    window.settings["engine-python"] = "/somewhere/python"
    window.dialogs.models()
    assert "/somewhere/python" in dialog.engine.other.text()


def test_closing_the_window_ends_an_installation(
    qtbot: QtBot, window: MainWindow, wheels: Path, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    hang = ("-c", "__import__('threading').Event().wait()")
    monkeypatch.setattr("inference.runtime.install.SELF_TEST", hang)
    window.dialogs.models()
    dialog = window.findChild(ModelsDialog)
    with qtbot.waitSignal(dialog.setup.offered):
        pass
    press("From a Folder", wheels)
    with qtbot.waitSignal(dialog.setup.progressed, check_params_cb=lambda progress: progress.stage == "test"):
        qtbot.mouseClick(dialog.engine.install_button, LEFT)
    dialog.close()
    assert any("Engine: trying it out" in label.text() for label in window.statusBar().findChildren(QLabel))
    window.close()
    assert not window.isVisible() and current_python() == ""
    assert not list(EnvironmentStore().folder.glob("env-*"))
