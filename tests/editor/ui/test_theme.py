"""The palettes: complete, readable, neutral; and the system's scheme is followed while it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from editor.ui import theme as theme_module
from editor.ui.theme import apply_theme, palette_for

Role = QPalette.ColorRole
READ_TOGETHER = (
    (Role.WindowText, Role.Window),
    (Role.Text, Role.Base),
    (Role.Text, Role.AlternateBase),
    (Role.ButtonText, Role.Button),
    (Role.HighlightedText, Role.Highlight),
    (Role.WindowText, Role.Highlight),  # an icon in a menu's chosen row
    (Role.ToolTipText, Role.ToolTipBase),
    (Role.PlaceholderText, Role.Window),
    (Role.PlaceholderText, Role.Base),
    (Role.Link, Role.Window),
    (Role.LinkVisited, Role.Window),
)


@pytest.fixture(autouse=True)
def theme_back(qapp: QApplication) -> Iterator[None]:
    palette = qapp.palette()
    yield
    apply_theme(qapp, "light")
    qapp.setPalette(palette)


def luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a: QColor, b: QColor) -> float:
    darker, lighter = sorted((luminance(a), luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), READ_TOGETHER)
def test_text_is_readable(dark: bool, text: QPalette.ColorRole, ground: QPalette.ColorRole) -> None:
    palette = palette_for(dark)
    assert contrast(palette.color(text), palette.color(ground)) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_every_role_is_set_in_every_group(dark: bool) -> None:
    palette = palette_for(dark)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for role in Role:
            if role not in (Role.NoRole, Role.NColorRoles):
                assert palette.isBrushSet(group, role), f"{role} in {group}"


@pytest.mark.parametrize("dark", [False, True])
def test_what_surrounds_the_picture_has_no_hue(dark: bool) -> None:
    palette = palette_for(dark)
    for role in (Role.Window, Role.Base, Role.AlternateBase, Role.Button, Role.Mid, Role.Dark, Role.Light):
        assert palette.color(role).hsvSaturation() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_disabled_text_is_dimmer(dark: bool) -> None:
    palette = palette_for(dark)
    window = palette.color(Role.Window)
    disabled = palette.color(QPalette.ColorGroup.Disabled, Role.WindowText)
    assert contrast(disabled, window) < contrast(palette.color(Role.WindowText), window) / 2


def test_themes_are_applied(qapp: QApplication) -> None:
    for theme, dark in (("dark", True), ("light", False), ("dark", True)):
        apply_theme(qapp, theme)
        assert qapp.palette().color(Role.Window) == palette_for(dark).color(Role.Window)
        assert qapp.style().name() == "fusion"


def test_the_system_is_followed_only_while_asked_for(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = [Qt.ColorScheme.Light]
    monkeypatch.setattr(theme_module, "system_scheme", lambda app: system[0])

    def shown_dark_after(scheme: Qt.ColorScheme) -> bool:
        system[0] = scheme
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        return qapp.palette() == palette_for(dark=True)

    apply_theme(qapp, "system")
    assert qapp.palette() == palette_for(dark=False)
    assert shown_dark_after(Qt.ColorScheme.Dark)
    assert not shown_dark_after(Qt.ColorScheme.Light)
    assert shown_dark_after(Qt.ColorScheme.Unknown)
    apply_theme(qapp, "light")
    assert not shown_dark_after(Qt.ColorScheme.Dark)
