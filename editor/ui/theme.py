"""The theme: Fusion with the program's own light and dark palettes, neutral greys that tint no picture.

``QStyleHints.setColorScheme`` alone does nothing on many platforms, so the palette is ours in both schemes; the scheme
is set as well, for title bars and the system's dialogs. An icon's colour comes from the palette: ``apply_theme``
renews those given by ``editor.ui.icons.set_icon``.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from editor.ui.icons import refresh_icons

# Window, base and the rest are greys; the one colour is a muted ochre. In both themes a text's colour is also readable
# on the highlight, so an icon needs no second colour in a menu's chosen row.
_LIGHT = {
    "Window": "#ececec",
    "WindowText": "#1f1f1f",
    "Base": "#fafafa",
    "AlternateBase": "#f1f1f1",
    "Text": "#1f1f1f",
    "PlaceholderText": "#646464",
    "Button": "#f2f2f2",
    "ButtonText": "#1f1f1f",
    "BrightText": "#ffffff",
    "Light": "#ffffff",
    "Midlight": "#f4f4f4",
    "Mid": "#b4b4b4",
    "Dark": "#969696",
    "Shadow": "#6a6a6a",
    "Highlight": "#e4b878",
    "HighlightedText": "#1a1a1a",
    "Accent": "#b0701c",
    "Link": "#85500f",
    "LinkVisited": "#6f5638",
    "ToolTipBase": "#fffdf6",
    "ToolTipText": "#1f1f1f",
}
_DARK = {
    "Window": "#303030",
    "WindowText": "#e4e4e4",
    "Base": "#212121",
    "AlternateBase": "#262626",
    "Text": "#e4e4e4",
    "PlaceholderText": "#a6a6a6",
    "Button": "#404040",
    "ButtonText": "#e4e4e4",
    "BrightText": "#ffffff",
    "Light": "#5a5a5a",
    "Midlight": "#474747",
    "Mid": "#242424",
    "Dark": "#1a1a1a",
    "Shadow": "#0e0e0e",
    "Highlight": "#7a5222",
    "HighlightedText": "#ffffff",
    "Accent": "#cf9140",
    "Link": "#e3ab5b",
    "LinkVisited": "#c0a684",
    "ToolTipBase": "#3b3b3b",
    "ToolTipText": "#f0f0f0",
}
# What differs where a thing cannot be used.
_LIGHT_DISABLED = {
    "WindowText": "#9a9a9a",
    "Text": "#9a9a9a",
    "ButtonText": "#9a9a9a",
    "PlaceholderText": "#b0b0b0",
    "Base": "#ececec",
    "Button": "#ececec",
    "Highlight": "#c4c4c4",
    "HighlightedText": "#6a6a6a",
    "Accent": "#b4b4b4",
    "Link": "#9a9a9a",
}
_DARK_DISABLED = {
    "WindowText": "#757575",
    "Text": "#757575",
    "ButtonText": "#757575",
    "PlaceholderText": "#5c5c5c",
    "Base": "#2c2c2c",
    "Button": "#343434",
    "Highlight": "#4a4a4a",
    "HighlightedText": "#909090",
    "Accent": "#555555",
    "Link": "#757575",
}
_FOLLOWER = "theme-follower"


def apply_theme(app: QApplication, theme: str) -> None:
    """``theme`` is "system", "light" or "dark". "system" follows the system from now on, until another is applied."""
    follower = app.findChild(_Follower, _FOLLOWER)
    if follower is None:
        follower = _Follower(app)
    follower.follow(theme)


def palette_for(dark: bool) -> QPalette:
    """Every role is set, in every group: nothing of the platform's own palette shines through."""
    colours, disabled = (_DARK, _DARK_DISABLED) if dark else (_LIGHT, _LIGHT_DISABLED)
    palette = QPalette()
    for name, colour in colours.items():
        palette.setColor(QPalette.ColorRole[name], QColor(colour))
    for name, colour in disabled.items():
        palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[name], QColor(colour))
    return palette


def system_scheme(app: QApplication) -> Qt.ColorScheme:
    """What the system asks for, or what was last set with ``setColorScheme``."""
    return app.styleHints().colorScheme()


class _Follower(QObject):
    """Applies the palette, again whenever the system changes between light and dark; a child of the application."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName(_FOLLOWER)
        self._app = app
        self._theme = ""
        app.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    def follow(self, theme: str) -> None:
        self._theme = ""  # what setColorScheme reports is our own doing
        if self._app.style().name() != "fusion":
            self._app.setStyle("Fusion")
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(
            theme, Qt.ColorScheme.Unknown
        )
        self._app.styleHints().setColorScheme(scheme)
        self._theme = theme
        self._apply()

    @Slot(Qt.ColorScheme)
    def _scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self._theme == "system":
            self._apply()

    def _apply(self) -> None:
        scheme = system_scheme(self._app)
        # Where the system does not say (plain X11), pictures are best judged against dark surroundings.
        dark = self._theme == "dark" or (self._theme == "system" and scheme != Qt.ColorScheme.Light)
        self._app.setPalette(palette_for(dark))
        refresh_icons()
