"""Every icon that the program names is there, draws something, and takes the palette's colour."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QIcon, QImage, QPalette
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from editor.actions.menus import MENUS
from editor.resources import resource
from editor.tools.table import TOOLS
from editor.ui.icons import PROGRAM_SIZES, has_icon, icon, program_icon, refresh_icons, set_icon
from editor.ui.theme import palette_for

NAMES = sorted(path.stem for path in resource("icons").glob("*.svg") if path.stem != "pentimento")


@pytest.fixture(autouse=True)
def palette_back(qapp: QApplication) -> Iterator[None]:
    palette = qapp.palette()
    yield
    qapp.setPalette(palette)


def pixels(image: QImage) -> np.ndarray:
    """(height, width, 4) uint8 RGBA, not premultiplied."""
    plain = image.convertToFormat(QImage.Format.Format_RGBA8888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : plain.width() * 4].reshape(plain.height(), plain.width(), 4).copy()


def drawn(
    source: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal, side: int = 24, ratio: float = 1.0
) -> np.ndarray:
    return pixels(source.pixmap(QSize(side, side), ratio, mode).toImage())


def opaque_colours(image: np.ndarray) -> set[str]:
    opaque = image[image[..., 3] == 255]
    return {"#{:02x}{:02x}{:02x}".format(*colour[:3]) for colour in np.unique(opaque, axis=0)}


def coverage(image: np.ndarray) -> float:
    """The mean alpha, 0 to 1."""
    return float(image[..., 3].mean()) / 255


def named_in_code() -> set[str]:
    """What ``icon("…")`` and ``set_icon(…, "…")`` are called with, conditional expressions included."""
    names: set[str] = set()
    for path in Path(__file__).parents[3].joinpath("editor").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = {"icon": 0, "set_icon": 1}.get(node.func.id, 9)
                for argument in node.args[place : place + 1]:
                    branches = [argument]
                    if isinstance(argument, ast.IfExp):
                        branches = [argument.body, argument.orelse]
                    names |= {
                        b.value for b in branches if isinstance(b, ast.Constant) and isinstance(b.value, str)
                    }
    return names


def test_every_icon_named_in_the_code_exists() -> None:
    names = named_in_code() | {tool.info.icon for tool in TOOLS.values()}
    names |= {action.icon for _title, actions in MENUS for action in actions if action.icon}
    assert names
    assert not {name for name in names if not has_icon(name)}


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_draws_at_every_size(name: str, qapp: QApplication) -> None:
    for side, ratio in ((16, 1.0), (16, 1.5), (20, 1.25), (24, 1.0), (24, 2.0), (24, 3.0)):
        image = drawn(icon(name), side=side, ratio=ratio)
        assert image.shape[:2] == (round(side * ratio), round(side * ratio))
        assert coverage(image) > 0.03


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_keeps_within_its_square(name: str, qapp: QApplication) -> None:
    alpha = drawn(icon(name), ratio=3.0)[..., 3]
    assert not alpha[[0, -1], :].any() and not alpha[:, [0, -1]].any()


def test_colours_are_the_palettes(qapp: QApplication) -> None:
    for dark in (False, True):
        palette = palette_for(dark)
        qapp.setPalette(palette)
        save = icon("save")
        text, selected = QPalette.ColorRole.WindowText, QPalette.ColorRole.HighlightedText
        for mode, role in (
            (QIcon.Mode.Normal, text),
            (QIcon.Mode.Active, text),
            (QIcon.Mode.Selected, selected),
        ):
            assert opaque_colours(drawn(save, mode, ratio=2.0)) == {palette.color(role).name()}
        normal, disabled = drawn(save), drawn(save, QIcon.Mode.Disabled)
        assert 0.2 < coverage(disabled) / coverage(normal) < 0.6


def test_an_icon_is_drawn_once(qapp: QApplication) -> None:
    assert icon("undo").cacheKey() == icon("undo").cacheKey()


def test_a_missing_icon_is_a_mistake(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        icon("no-such-icon")


def test_refresh_gives_all_the_new_colour(qtbot: QtBot, qapp: QApplication) -> None:
    qapp.setPalette(palette_for(dark=False))
    window = QWidget()
    qtbot.addWidget(window)
    button, plain = QToolButton(window), QToolButton(window)
    loose, shown = QAction(window), QAction()
    window.addAction(shown)
    for target in (button, loose, shown):
        set_icon(target, "save")
    qapp.setPalette(palette_for(dark=True))
    refresh_icons()
    light = palette_for(dark=True).color(QPalette.ColorRole.WindowText).name()
    for target in (button, loose, shown):
        assert opaque_colours(drawn(target.icon(), ratio=2.0)) == {light}
    assert plain.icon().isNull()


def test_the_programs_own_icon_has_all_sizes(qapp: QApplication) -> None:
    assert sorted(size.width() for size in program_icon().availableSizes()) == sorted(PROGRAM_SIZES)
    for size in PROGRAM_SIZES:
        image = QImage(str(resource("icons", f"pentimento-{size}.png")))
        assert (image.width(), image.height()) == (size, size)
        assert len(opaque_colours(pixels(image))) >= 4
