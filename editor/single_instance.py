"""One window for each user and screen: a second start hands its files to the program that runs, and ends.

The first program holds a lock and listens at a local socket beside it (a named pipe on Windows). A second one sends a
line of JSON there and waits for the answer; where none comes in time, it opens a window of its own. So a program that
hangs, or that has crashed, stops nobody.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QLockFile, QObject, QTimer, Slot
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from inference.folders import settings_folder, state_folder

PATIENCE = 3.0
"""Seconds that a program that runs may take to answer."""

LONGEST = 1 << 20
"""Bytes of a message; more is not read."""

_FORMAT = 1
_ANSWER = b"taken\n"
_SENDING = 5000
"""Milliseconds that a message may take to arrive."""
_AGAIN = 200
"""Milliseconds until it is looked whether a dialog is still open."""
_SOCKET_PATH = 100
"""Bytes: systems allow 104 and more."""


class Window(Protocol):
    """What can open files and be brought to the front."""

    def open_paths(self, paths: Sequence[Path]) -> None: ...
    def isMinimized(self) -> bool: ...
    def showNormal(self) -> None: ...
    def raise_(self) -> None: ...
    def activateWindow(self) -> None: ...


def hand_over(paths: Sequence[Path], starting: bool = False) -> bool:
    """Has the program that runs open ``paths`` and show itself; whether it did. ``starting``: it may only just be
    starting, so that it is waited for."""
    place = address()
    if place is None:
        return False
    end = time.monotonic() + PATIENCE
    while not (socket := _connected(place)):
        if not starting or time.monotonic() > end:
            return False
        time.sleep(0.05)
    message = {
        "pentimento": _FORMAT,
        "open": [str(path.absolute()) for path in paths],
        "until": time.time() + PATIENCE,
        "token": os.environ.get("XDG_ACTIVATION_TOKEN", ""),
    }
    line = json.dumps(message).encode("ascii") + b"\n"
    if len(line) > LONGEST:
        return False
    _allow_to_front()
    socket.write(line)
    answer = b""
    while _ANSWER not in answer:
        left = int(1000 * (end - time.monotonic()))
        if left <= 0 or not socket.waitForReadyRead(left):
            print("pentimento: the window that is open does not answer; this is another.", file=sys.stderr)
            return False
        answer += bytes(socket.readAll().data())
    socket.close()
    return True


def is_running() -> bool:
    """Whether a program with a window holds the lock of this user, these settings and this screen."""
    place = address()
    if place is None or not os.path.isdir(place.parent):
        return False
    lock = QLockFile(f"{place}.lock")
    lock.setStaleLockTime(0)
    free = lock.tryLock(0)
    lock.unlock()
    return not free and lock.error() == QLockFile.LockError.LockFailedError


def address() -> Path | None:
    """Where the program listens that belongs to this user, these settings and this screen; None where there is no
    place for it. It is made by ``Reception``."""
    screen = (
        os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY") or os.environ.get("SESSIONNAME", "")
    )
    user = (
        getpass.getuser() if sys.platform == "win32" else str(os.getuid())
    )  # who need not have a name there
    whose = "\n".join((user, platform.node(), screen, str(settings_folder().absolute())))
    name = f"pentimento-{hashlib.sha256(whose.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # Only the user can write there: a folder for everyone could hold a socket of somebody else's.
    folder = Path(runtime) if _is_writable(runtime) else state_folder()
    path = folder.absolute() / name
    return path if len(os.fsencode(path)) <= _SOCKET_PATH or sys.platform == "win32" else None


def parse(line: bytes) -> tuple[list[Path], str]:
    """The files of a message, and the token by which Wayland lets a window come to the front. Raises ValueError for
    what is no message of ours, or came too late."""
    try:
        message: Any = json.loads(line)
        known = message["pentimento"] == _FORMAT and isinstance(message["until"], int | float)
        names, token = message["open"], message["token"]
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("this is no message of ours") from error
    if not (known and isinstance(names, list) and isinstance(token, str) and "\0" not in token):
        raise ValueError("this is no message of ours")
    if not all(isinstance(name, str) and "\0" not in name and Path(name).is_absolute() for name in names):
        raise ValueError("its files have no full paths")
    if message["until"] < time.time():
        raise ValueError("whoever sent it has given up")
    return [Path(name) for name in names], token


class Reception(QObject):
    """Takes what further starts of the program hand over, and what macOS asks it to open, to ``window``."""

    def __init__(self) -> None:
        super().__init__()
        self._window: Window | None = None
        self._waiting: list[Path] = []
        self._place = address()
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Makes this program the one that others hand over to; False where there is one already."""
        if self._place is None:
            return True
        try:
            self._place.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            self._place = None
            return True
        lock = QLockFile(f"{self._place}.lock")
        lock.setStaleLockTime(0)  # it holds as long as its process lives
        if not lock.tryLock(0):
            return lock.error() != QLockFile.LockError.LockFailedError
        self._lock = lock
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._connected)
        QLocalServer.removeServer(str(self._place))  # what a crash has left
        if server.listen(str(self._place)):
            self._server = server
        return True

    def attach(self, window: Window) -> None:
        """From now on files are opened in ``window``, those first that were asked for before."""
        self._window = window
        self._open()

    def close(self) -> None:
        """Nothing is taken any more; the next start is the first again."""
        self._window = None
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Of the application: macOS tells of files to open by events."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.take([Path(event.file())], "")
            return True
        return False

    def take(self, paths: list[Path], token: str) -> None:
        """Shows the window, and opens ``paths`` there as soon as it may."""
        self._waiting += paths
        if token:
            os.environ["XDG_ACTIVATION_TOKEN"] = (
                token  # Qt takes it from there when it asks to come to the front
            )
        if self._window is not None:
            if self._window.isMinimized():
                self._window.showNormal()
            self._window.raise_()
            self._window.activateWindow()
        QTimer.singleShot(
            0, self, self._open
        )  # reading a file runs events of its own: whoever called has returned

    @Slot()
    def _connected(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            _Visitor(socket, self)

    @Slot()
    def _open(self) -> None:
        """Not behind a dialog, which may be about the tabs that are there."""
        if self._window is None or not self._waiting:
            return
        if QGuiApplication.modalWindow() is not None:
            QTimer.singleShot(_AGAIN, self, self._open)
            return
        paths, self._waiting = self._waiting, []
        self._window.open_paths(paths)


class _Visitor(QObject):
    """One connection: a line of JSON comes, and an answer goes back. What is anything else gets none."""

    def __init__(self, socket: QLocalSocket, reception: Reception) -> None:
        super().__init__(reception)
        self._socket, self._reception, self._line = socket, reception, b""
        socket.setParent(self)
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(self.deleteLater)
        QTimer.singleShot(_SENDING, self, self._give_up)
        self._read()

    @Slot()
    def _read(self) -> None:
        self._line += bytes(self._socket.read(LONGEST + 1 - len(self._line)).data())
        if len(self._line) > LONGEST:
            self._socket.abort()
            return
        line, end, _rest = self._line.partition(b"\n")
        if not end:
            return
        try:
            paths, token = parse(line)
        except ValueError:
            self._socket.abort()
            return
        self._socket.write(_ANSWER)
        self._socket.disconnectFromServer()
        self._reception.take(paths, token)

    @Slot()
    def _give_up(self) -> None:
        self._socket.abort()
        self.deleteLater()


def _is_writable(folder: str) -> bool:
    """Not where it is another user's, whose environment “su” has kept."""
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _connected(place: Path) -> QLocalSocket | None:
    if sys.platform != "win32" and not os.path.exists(place):
        return None
    socket = QLocalSocket()
    socket.connectToServer(str(place))
    return socket if socket.waitForConnected(int(1000 * PATIENCE)) else None


def _allow_to_front() -> None:
    """Windows lets a program come to the front only if the one that the user has started says so."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(-1)
