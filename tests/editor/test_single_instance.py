"""A second start hands its files to the first; what hangs, has crashed or sends rubbish stops nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from editor import single_instance
from editor.raster import native
from editor.single_instance import Reception, address, hand_over, parse
from inference.folders import state_folder
from tests.editor.cli_support import ROOT, finish, make_photo, start, wait_until

WINDOW = """
import editor.single_instance as single_instance
from editor.ui.main_window import MainWindow

opened = MainWindow.open_paths

def open_paths(window, paths):
    opened(window, paths)
    for path in paths:
        print("opened", path, flush=True)

MainWindow.open_paths = open_paths
attach = single_instance.Reception.attach

def attached(reception, window):
    attach(reception, window)
    print("ready", flush=True)

single_instance.Reception.attach = attached
"""
"""The program, which tells what it opens, and when it takes more."""


class Shown:
    """A window that notes what is asked of it."""

    def __init__(self) -> None:
        self.opened: list[Path] = []
        self.raised = 0

    def open_paths(self, paths: Sequence[Path]) -> None:
        self.opened += paths

    def isMinimized(self) -> bool:
        return False

    def showNormal(self) -> None:
        raise AssertionError("it is not minimised")

    def raise_(self) -> None:
        self.raised += 1

    def activateWindow(self) -> None:
        pass


@pytest.fixture
def shown() -> Shown:
    return Shown()


@pytest.fixture
def reception(qapp: QApplication, shown: Shown) -> Iterator[Reception]:
    reception = Reception()
    assert reception.claim()
    reception.attach(shown)
    yield reception
    reception.close()


def send(qtbot: QtBot, line: bytes) -> bytes:
    """What comes back for ``line`` until the connection ends."""
    socket = QLocalSocket()
    socket.connectToServer(str(address()))
    socket.write(line)
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState, timeout=30_000)
    return bytes(socket.readAll().data())


def hand(qtbot: QtBot, *paths: Path) -> bool:
    """``hand_over`` in a process of its own: it waits, and so must not do it in that of the window."""
    code = (
        "import sys; from pathlib import Path; from editor.single_instance import hand_over;"
        "sys.exit(not hand_over([Path(word) for word in sys.argv[1:]]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", code, *paths], env=environment)
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=30_000)
    return process.returncode == 0


def message(**changes: object) -> bytes:
    whole = {"pentimento": 1, "open": ["/a"], "until": time.time() + 60, "token": "", **changes}
    return json.dumps(whole).encode() + b"\n"


def test_files_reach_the_window_with_their_full_paths(
    qtbot: QtBot, reception: Reception, shown: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    odd = Path(os.fsdecode(b"odd-\xff.png"))
    assert hand(qtbot, Path("a b.png"), odd, Path("/x/ü.ora"))
    qtbot.waitUntil(lambda: shown.opened == [tmp_path / "a b.png", tmp_path / odd, Path("/x/ü.ora")])
    assert shown.raised == 1
    assert hand(qtbot)
    assert shown.raised == 2


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"[" * 100_000 + b"\n",
        message(pentimento=2),
        message(open="a"),
        message(open=["a"]),
        message(open=[1]),
        message(open=["/a\0b"]),
        message(token=3),
        message(until="later"),
        message(until=time.time() - 1),
        b"x" * (single_instance.LONGEST + 2),
    ],
    ids=range(13),
)
def test_rubbish_gets_no_answer_and_does_nothing(
    qtbot: QtBot, reception: Reception, shown: Shown, line: bytes
) -> None:
    assert send(qtbot, line) == b""
    assert not shown.opened and not shown.raised
    assert hand(qtbot, Path("/a")), "and it goes on listening"


def test_a_message_may_come_in_pieces(qtbot: QtBot, reception: Reception, shown: Shown) -> None:
    whole = message()
    socket = QLocalSocket()
    socket.connectToServer(str(address()))
    socket.write(whole[:20])
    socket.flush()
    qtbot.waitUntil(lambda: socket.bytesToWrite() == 0)
    assert not shown.opened
    socket.write(whole[20:])
    qtbot.waitUntil(lambda: shown.opened == [Path("/a")])
    qtbot.waitUntil(lambda: socket.state() == QLocalSocket.LocalSocketState.UnconnectedState)


def test_files_wait_behind_a_dialog(qtbot: QtBot, reception: Reception, shown: Shown) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.setModal(True)
    dialog.show()
    assert hand(qtbot, Path("/a"))
    assert shown.raised == 1 and not shown.opened
    dialog.close()
    qtbot.waitUntil(lambda: shown.opened == [Path("/a")])


def test_files_that_macos_tells_of(
    qtbot: QtBot, qapp: QApplication, reception: Reception, shown: Shown
) -> None:
    assert reception.eventFilter(qapp, QFileOpenEvent(QUrl.fromLocalFile("/a.png")))
    assert not reception.eventFilter(qapp, QEvent(QEvent.Type.User))
    qtbot.waitUntil(lambda: shown.opened == [Path("/a.png")])


def test_only_one_listens_and_the_next_takes_over(qapp: QApplication) -> None:
    first, second = Reception(), Reception()
    assert first.claim() and not second.claim()
    first.close()
    assert second.claim()
    second.close()
    assert not hand_over([Path("/a")])


def test_where_nobody_can_listen_everyone_has_a_window(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setenv("PENTIMENTO_HOME", str(tmp_path / ("x" * 120)))
    assert address() is None and not hand_over([Path("/a")])
    reception = Reception()
    assert reception.claim()
    reception.close()
    (tmp_path / "file").touch()
    monkeypatch.setenv("PENTIMENTO_HOME", str(tmp_path / "file"))
    assert Reception().claim() and not hand_over([Path("/a")])


def test_a_folder_that_is_none_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for runtime in (tmp_path / "file", tmp_path / "file" / "x", tmp_path / "gone", tmp_path / ("x" * 300)):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        place = address()
        assert place is None or place.is_relative_to(state_folder().absolute())
        assert not hand_over([Path("/a")])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_of_another_user_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """“su” keeps the first user's environment."""
    foreign = tmp_path / "foreign"
    foreign.mkdir(mode=0)
    for runtime in (foreign, foreign / "x"):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
        assert not hand_over([Path("/a")])
    foreign.chmod(0o700)


def test_another_screen_or_other_settings_are_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":1")
    one = address()
    monkeypatch.setenv("DISPLAY", ":2")
    other = address()
    monkeypatch.setenv("PENTIMENTO_HOME", "/tmp/another")
    assert len({one, other, address()}) == 3


def test_full_paths_alone_are_parsed() -> None:
    assert parse(message(open=["/a", "/b c"], token="t")) == ([Path("/a"), Path("/b c")], "t")


class Program:
    """The whole program in a process of its own."""

    def __init__(self, *words: object) -> None:
        self.process = start(*words, before=WINDOW)

    def lines(self, count: int) -> set[str]:
        """The next ones that it tells."""
        assert self.process.stdout is not None
        return {self.process.stdout.readline().strip() for _ in range(count)}

    def has_opened(self, photo: Path) -> None:
        """And takes more."""
        assert self.lines(2) == {f"opened {photo}", "ready"}

    def end(self) -> str:
        """Ends it; what it has said on standard error."""
        self.process.send_signal(signal.SIGTERM)
        code, _out, err = finish(self.process)
        assert code == 0, err
        return err


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Program]]:
    """Starts programs, of which none outlives the test, nor compiles anything."""
    monkeypatch.setenv(native.SWITCH, "off")
    programs: list[Program] = []

    def started(*words: object) -> Program:
        programs.append(Program(*words))
        return programs[-1]

    yield started
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
            program.process.communicate()


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    return [make_photo(tmp_path / f"photo {number}.png") for number in range(3)]


def test_a_second_start_opens_its_file_in_the_first(run: Callable[..., Program], photos: list[Path]) -> None:
    first = run(photos[0])
    first.has_opened(photos[0])
    assert finish(run(photos[1]).process)[:2] == (0, "")
    assert first.lines(1) == {f"opened {photos[1]}"}
    own = run("--new-window", photos[2])
    own.has_opened(photos[2])
    own.end()
    assert finish(run(photos[2]).process)[:2] == (0, "")
    assert first.lines(1) == {f"opened {photos[2]}"}
    first.end()


def test_two_starts_at_once_end_in_one_window(run: Callable[..., Program], photos: list[Path]) -> None:
    programs = [run(photo) for photo in photos[:2]]
    wait_until(lambda: any(program.process.poll() is not None for program in programs))
    (first,) = (program for program in programs if program.process.poll() is None)
    (second,) = (program for program in programs if program is not first)
    assert finish(second.process)[:2] == (0, "")
    assert first.lines(3) == {"ready", *(f"opened {photo}" for photo in photos[:2])}
    first.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")
def test_one_that_hangs_or_is_killed_stops_nobody(run: Callable[..., Program], photos: list[Path]) -> None:
    first = run(photos[0])
    first.has_opened(photos[0])
    first.process.send_signal(signal.SIGSTOP)
    second = run(photos[1])
    second.has_opened(photos[1])
    assert "does not answer" in second.end()
    first.process.kill()
    first.process.communicate()
    third = run(photos[2])
    third.has_opened(photos[2])
    third.end()
