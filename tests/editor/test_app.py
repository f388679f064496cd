"""The whole program in a process of its own: what it loads, what it never touches, and how it ends."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from inference.runtime.small_model import build_kandinsky, record_kandinsky
from tests.editor.cli_support import ROOT, finish, make_mask, make_photo, pixels, start, wait_until

FOREIGN = ("torch", "diffusers", "transformers", "accelerate")
"""What only an engine host may load."""

FORBID = """
import sys

def install(log):
    # Whatever would open, bind, connect or look up a socket raises, and is noted.
    def forbid(event, arguments):
        if event.startswith("socket."):
            with open(log, "a") as file:
                print(event, file=file)
            raise PermissionError("sockets are forbidden here: " + event)

    sys.addaudithook(forbid)
    import socket
    try:
        socket.socket()
    except PermissionError:
        pass
    else:
        raise SystemExit("the hook does not hold")
"""
"""Each process tries it once itself, so an armed process notes one event and a peaceful one no more than that."""

DRIVE = """
import json, sys
import editor.ui.main_window as main_window
from PySide6.QtCore import QTimer

open_paths = main_window.MainWindow.open_paths

def opened(window, paths):
    main_window.MainWindow.open_paths = open_paths
    open_paths(window, paths)
    then(window, paths)

main_window.MainWindow.open_paths = opened

def tell(**facts):
    print(json.dumps(facts), flush=True)

def end(window):
    for session in window.sessions:
        session.mark_clean()
    window.close()
"""
"""Calls ``then(window, paths)`` once the window has opened the files of the command line."""

FILL = """
import numpy as np
from editor.document.geometry import Bounds

def then(window, paths):
    window._worker.set_command({command!r})
    window.session.select(
        Bounds(60, 50, 30, 20), np.full((20, 30), 255, np.uint8), "replace", "Select"
    )
    window.fills.ended.connect(lambda: QTimer.singleShot(0, window, lambda: ended(window)))
    window.start_fill()

def ended(window):
    from editor.render.compositor import composite
    document = window.session.document
    np.save({shown!r}, composite(document.root, document.canvas))
    tell(
        layers=[type(layer).__name__ for layer in document.layers()],
        told=window.messages.text,
        modules=sorted({{name.partition(".")[0] for name in sys.modules}}),
    )
    end(window)
"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return make_photo(tmp_path / "photo.png")


@pytest.fixture
def sockets(tmp_path: Path) -> Path:
    """Where the events of sockets are noted."""
    (tmp_path / "forbid.py").write_text(FORBID, encoding="utf-8")
    return tmp_path / "sockets.log"


@pytest.fixture
def host(tmp_path: Path, sockets: Path) -> Path:
    """The real engine host, with sockets forbidden: a program."""
    wrapper = tmp_path / "host.py"
    wrapper.write_text(
        f"{forbidden(sockets)}\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from inference.host import main\n"
        "sys.exit(main([]))\n",
        encoding="utf-8",
    )
    return wrapper


def forbidden(sockets: Path) -> str:
    """Statements that forbid sockets in a process."""
    folder = str(sockets.parent)
    return f"import sys; sys.path.insert(0, {folder!r}); import forbid; forbid.install({str(sockets)!r})"


def facts(result: tuple[int, str, str]) -> dict[str, Any]:
    """What the program told, having ended well."""
    code, out, err = result
    assert code == 0, err
    assert "Traceback" not in err, err
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def said(err: str) -> str:
    """Standard error without what Qt's offscreen platform says of itself."""
    return "".join(
        line for line in err.splitlines(True) if not line.startswith("This plugin does not support")
    )


def drive(then: str, *files: Path, before: str = "") -> subprocess.Popen[str]:
    return start(*files, before="\n".join([before, DRIVE, textwrap.dedent(then)]))


@pytest.mark.host
def test_a_whole_fill_in_the_window_needs_no_socket_and_nothing_of_the_engines(
    photo: Path, tmp_path: Path, sockets: Path, host: Path
) -> None:
    shown = tmp_path / "shown.npy"
    then = FILL.format(command=[sys.executable, str(host)], shown=str(shown))
    told = facts(finish(drive(then, photo, before=forbidden(sockets))))
    assert told["told"] == ""
    assert told["layers"] == ["PaintLayer", "FillLayer"]
    assert not set(FOREIGN) & set(told["modules"])
    before, after = pixels(photo), np.load(shown)
    assert (before != after)[50:70, 60:90].any()
    assert np.array_equal(before[:30], after[:30]) and np.array_equal(before[:, :40], after[:, :40])
    # The window and the host, each its own proof that the hook holds; nothing else in either.
    assert sockets.read_text(encoding="utf-8").split() == ["socket.__new__"] * 2


@pytest.mark.host
@pytest.mark.parametrize("engine", ["content-aware", "kandinsky-2-2"])
def test_a_whole_fill_at_the_command_line_needs_no_socket(
    photo: Path, tmp_path: Path, own_folders: Path, sockets: Path, host: Path, engine: str
) -> None:
    options: list[object] = ["--engine", engine]
    if engine != "content-aware":  # with a model from the store
        record_kandinsky(build_kandinsky(tmp_path / "kandinsky"))
        options += ["--prompt", "a hat", "--steps", 1, "--prior-steps", 2]
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, str(host)])}\n", encoding="utf-8")
    python.chmod(0o755)
    settings = own_folders / "settings" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"engine-python": str(python)}), encoding="utf-8")
    out = tmp_path / "out.png"
    words = ("fill", photo, "--mask", make_mask(tmp_path / "mask.png"), "-o", out, "--seed", 1, *options)
    code, _printed, err = finish(start(*words, before=forbidden(sockets)))
    assert code == 0, err
    assert (pixels(photo) != pixels(out)).any()
    # With diffusers comes urllib3, which tries at its import whether sockets of IPv6 can be made.
    probes = 0 if engine == "content-aware" else 1
    assert sockets.read_text(encoding="utf-8").split() == ["socket.__new__"] * (2 + probes)


@pytest.mark.host
@pytest.mark.parametrize("whom", ["the window", "everyone in the terminal"])
def test_ctrl_c_closes_the_window_and_leaves_no_process(photo: Path, whom: str) -> None:
    then = """
        def then(window, paths):
            window._worker.prepare("content-aware")
            tell(opened=window.session.title)
    """
    process = drive(then, photo)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"opened": "photo.png"}
        window = psutil.Process(process.pid)
        wait_until(lambda: bool(window.children()))
        children = window.children(recursive=True)
        if whom != "the window":
            for child in children:
                child.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
    except BaseException:
        process.kill()
        raise
    finally:
        code, _out, err = finish(process)
    assert code == 0, err
    assert "Traceback" not in err
    assert children and not psutil.wait_procs(children, timeout=5)[1]


def test_ctrl_c_while_the_window_is_being_built_ends_quietly() -> None:
    interrupt = """
        import editor.app

        def build(settings, worker):
            raise KeyboardInterrupt

        editor.app.MainWindow = build
    """
    code, out, err = finish(start(before=textwrap.dedent(interrupt)))
    assert (code, out, said(err)) == (130, "", "")


def test_ctrl_c_asks_where_there_is_unsaved_work(photo: Path) -> None:
    then = """
        import os, signal
        from PySide6.QtWidgets import QMessageBox

        asked = []

        def ask(box):
            asked.append(box.text())
            return QMessageBox.StandardButton.Cancel if len(asked) == 1 else QMessageBox.StandardButton.Discard

        QMessageBox.exec = ask

        def then(window, paths):
            window.session.select_all()
            os.kill(os.getpid(), signal.SIGINT)
            QTimer.singleShot(0, window, lambda: again(window))

        def again(window):
            tell(asked=asked, open=window.isVisible(), title=window.windowTitle())
            os.kill(os.getpid(), signal.SIGINT)
    """
    told = facts(finish(drive(then, photo)))
    assert told["open"]
    assert len(told["asked"]) == 1 and "photo.png" in told["asked"][0]


@pytest.mark.parametrize("scale", ["1", "2"])
def test_a_picture_of_the_window_is_written(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scale: str
) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", scale)
    target = tmp_path / "window.png"
    code, out, err = finish(start(photo, "--picture", target))
    assert (code, out, said(err)) == (0, "", "")
    image, inner = pixels(target), pixels(photo)[..., :3]
    assert image.shape[0] > 600 * int(scale) and image.shape[1] > 900 * int(scale)
    # The photo is somewhere in it, a pixel of its own for each of its pixels.
    corner = (image[..., :3] == inner[0, 0]).all(axis=-1)
    places = np.argwhere(corner[:-119, :-159])
    assert any(np.array_equal(image[y : y + 120, x : x + 160, :3], inner) for y, x in places)


def test_a_picture_of_the_window_waits_for_a_large_photo(tmp_path: Path) -> None:
    colour = (12, 200, 34)
    Image.new("RGB", (4000, 3000), colour).save(tmp_path / "large.png")
    target = tmp_path / "window.png"
    code, _out, err = finish(start(tmp_path / "large.png", "--picture", target))
    assert code == 0, err
    there = (pixels(target)[..., :3] == colour).all(axis=-1)
    rows, columns = np.flatnonzero(there.sum(axis=1) > 300), np.flatnonzero(there.sum(axis=0) > 300)
    assert there[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert len(columns) / len(rows) == pytest.approx(4 / 3, abs=0.02)


def test_a_picture_of_the_window_that_cannot_be_written_is_told(photo: Path, tmp_path: Path) -> None:
    code, out, err = finish(start(photo, "--picture", tmp_path / "window.nonsense"))
    assert code == 2
    assert out == ""
    assert said(err).startswith("pentimento: ") and "window.nonsense" in err and said(err).count("\n") == 1


def test_a_missing_file_is_told_and_the_window_goes_on(photo: Path, tmp_path: Path) -> None:
    then = """
        def then(window, paths):
            told, shown = window.messages.text, window.isVisible()
            window.open_paths([paths[1]])
            tell(told=told, shown=shown, opened=[session.title for session in window.sessions])
            end(window)
    """
    # The second stands for what the user opens afterwards; it is a file of the command line as well.
    told = facts(finish(drive(then, tmp_path / "nowhere.jpg", photo)))
    assert "nowhere.jpg" in told["told"]
    assert told["shown"]
    assert told["opened"] == ["photo.png"]


def test_nothing_but_a_missing_file_leaves_the_welcome(tmp_path: Path) -> None:
    then = """
        def then(window, paths):
            tell(told=window.messages.text, title=window.windowTitle(), sessions=len(window.sessions))
            end(window)
    """
    told = facts(finish(drive(then, tmp_path / "nowhere.jpg")))
    assert "nowhere.jpg" in told["told"]
    assert (told["title"], told["sessions"]) == ("Pentimento", 0)


def test_several_files_open_in_tabs(tmp_path: Path) -> None:
    photos = [
        make_photo(tmp_path / name, 40 + 10 * place, 30) for place, name in enumerate(("a.png", "b.jpg"))
    ]
    then = """
        def then(window, paths):
            tell(
                tabs=[window.tabs.tabText(index) for index in range(window.tabs.count())],
                widths=[session.document.extent.width for session in window.sessions],
                front=window.windowTitle(),
            )
            end(window)
    """
    told = facts(finish(drive(then, *photos, photos[0])))  # the first twice: it only comes to the front
    assert told["tabs"] == ["a.png", "b.jpg"]
    assert told["widths"] == [40, 50]
    assert told["front"].startswith("a.png")


def test_what_was_set_is_there_at_the_next_start(own_folders: Path) -> None:
    then = """
        def then(window, paths):
            tell(size=window.settings["brush-size"], geometry=bool(window.settings["window-geometry"]))
            window.settings["brush-size"] = 17
            end(window)
    """
    first = facts(finish(drive(then)))
    assert not first["geometry"]
    second = facts(finish(drive(then)))
    assert second == {"size": 17, "geometry": True}
    assert os.listdir(own_folders / "settings") == ["settings.json"]
