"""Icons: the drawings in resources/icons, in the colour of the palette's text.

``set_icon(action_or_button, name)`` gives one and notes its name as a property; ``refresh_icons()`` gives all of them
anew, after the palette has changed (``apply_theme`` calls it). Who paints by themselves asks ``icon(name)`` each time:
it is cached. The drawings are 24 × 24, strokes of one colour; only their opacity is used.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QImage, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from editor.resources import resource

PROPERTY = "icon-name"
PROGRAM_SIZES = (16, 32, 48, 64, 128, 256, 512)
_SIDES = (16, 24, 32, 36, 48, 72)  # pixels: 16 and 24 at 1, 1.5, 2 and 3 times
_DISABLED_OPACITY = 0.36


def icon(name: str) -> QIcon:
    """The icon ``name`` in the application's present colours. Raises FileNotFoundError where there is none."""
    palette = QGuiApplication.palette()
    text = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
    selected = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
    return _icon(name, text.rgba(), selected.rgba())


def has_icon(name: str) -> bool:
    return resource("icons", f"{name}.svg").is_file()


def set_icon(target: QAction | QAbstractButton, name: str) -> None:
    """Gives ``target`` the icon, and again by ``refresh_icons`` as long as it lives."""
    target.setProperty(PROPERTY, name)
    target.setIcon(icon(name))


def refresh_icons() -> None:
    """All actions and buttons that have their icon from ``set_icon`` get it in the palette's present colours."""
    for widget in QApplication.allWidgets():
        if isinstance(widget, QAbstractButton):
            _refresh(widget)
        for action in widget.actions():
            _refresh(action)
        if widget.isWindow():
            for action in widget.findChildren(QAction):  # those that are in no menu or tool bar yet
                _refresh(action)


def program_icon() -> QIcon:
    """The program's own, for windows and the task bar."""
    result = QIcon()
    for size in PROGRAM_SIZES:
        result.addFile(str(resource("icons", f"pentimento-{size}.png")))
    return result


@cache
def _icon(name: str, text: int, selected: int) -> QIcon:
    path = resource("icons", f"{name}.svg")
    if not path.is_file():
        raise FileNotFoundError(f"there is no icon {path}")
    renderer = QSvgRenderer(str(path))
    result = QIcon()
    dim = QColor.fromRgba(text)
    dim.setAlphaF(_DISABLED_OPACITY)
    colours = {
        QIcon.Mode.Normal: QColor.fromRgba(text),
        QIcon.Mode.Selected: QColor.fromRgba(selected),
        QIcon.Mode.Disabled: dim,
    }
    for side in _SIDES:
        shape = _shape(renderer, side)
        for mode, colour in colours.items():
            result.addPixmap(_tinted(shape, colour), mode)
    return result


def _shape(renderer: QSvgRenderer, side: int) -> QImage:
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image


def _tinted(shape: QImage, colour: QColor) -> QPixmap:
    image = QImage(shape)
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), colour)
    painter.end()
    return QPixmap.fromImage(image)


def _refresh(target: QObject) -> None:
    name = target.property(PROPERTY)
    if name and isinstance(target, QAction | QAbstractButton):
        target.setIcon(icon(name))
