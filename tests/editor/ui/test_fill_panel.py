"""The fill panel: it shows what the engine can do and nothing that it would ignore."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QProgressBar, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from editor.fill import SEEDS, FillOptions, check_options
from editor.settings import Settings
from editor.ui.fill_panel import FillPanel
from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.request import Progress

LEFT = Qt.MouseButton.LeftButton

PROMPTED = EngineInfo("prompted", "nowhere", "Prompted", "Paints what is asked.", prompt=True)
FULL = EngineInfo("full", "nowhere", "Full", "Can do it all.", prompt=True, negative_prompt=True)

Make = Callable[[], FillPanel]


@pytest.fixture
def make(qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Make:
    for info in (PROMPTED, FULL):
        monkeypatch.setitem(ENGINES, info.id, info)

    def new() -> FillPanel:
        panel = FillPanel(settings)
        qtbot.addWidget(panel)
        panel.resize(320, 500)
        panel.show()
        qtbot.waitExposed(panel)
        return panel

    return new


@pytest.fixture
def panel(make: Make) -> FillPanel:
    return make()


def choose(panel: FillPanel, engine: str) -> None:
    combo = panel.findChild(QComboBox)
    combo.setCurrentIndex(combo.findData(engine))


def shown(panel: FillPanel) -> set[str]:
    """The fields for words that can be seen."""
    fields = {"prompt": panel._prompt, "negative": panel._negative}
    return {name for name, field in fields.items() if field.isVisible()}


def texts(panel: FillPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


def test_every_engine_can_be_chosen(panel: FillPanel) -> None:
    combo = panel.findChild(QComboBox)
    assert [combo.itemData(index) for index in range(combo.count())] == list(ENGINES)
    assert [combo.itemText(index) for index in range(combo.count())] == [e.title for e in ENGINES.values()]


def test_only_what_the_engine_can_do_is_shown(panel: FillPanel) -> None:
    assert panel.options().engine == DEFAULT_ENGINE
    for engine, fields in (
        (DEFAULT_ENGINE, set()),
        ("prompted", {"prompt"}),
        ("full", {"prompt", "negative"}),
        (DEFAULT_ENGINE, set()),
    ):
        choose(panel, engine)
        assert shown(panel) == fields
        assert ENGINES[engine].summary in texts(panel)
        assert ("Prompt" in texts(panel), "Negative" in texts(panel)) == (
            "prompt" in fields,
            "negative" in fields,
        )


def test_what_the_engine_would_ignore_is_not_asked_of_it(qtbot: QtBot, panel: FillPanel) -> None:
    choose(panel, "full")
    qtbot.keyClicks(panel._prompt, "  a red hat ")
    qtbot.keyClicks(panel._negative, " blur ")
    options = panel.options()
    assert (options.prompt, options.negative_prompt) == ("a red hat", "blur")
    for engine, expected in (("prompted", ("a red hat", "")), (DEFAULT_ENGINE, ("", ""))):
        choose(panel, engine)
        options = panel.options()
        assert (options.prompt, options.negative_prompt) == expected
        assert check_options(options) is ENGINES[engine]
    choose(panel, "full")
    assert panel.options().prompt == "a red hat"  # and is there again


def test_the_engine_is_remembered(make: Make, settings: Settings) -> None:
    choose(make(), "prompted")
    assert settings["fill-engine"] == "prompted"
    assert make().options().engine == "prompted"


@pytest.mark.parametrize("default_comes", ["first", "last"])
def test_the_remembered_engine_is_chosen_whatever_the_order_of_the_table(
    make: Make, settings: Settings, monkeypatch: pytest.MonkeyPatch, default_comes: str
) -> None:
    if default_comes == "last":
        monkeypatch.delitem(ENGINES, DEFAULT_ENGINE)
        monkeypatch.setitem(ENGINES, DEFAULT_ENGINE, EngineInfo(DEFAULT_ENGINE, "nowhere", "Default", "."))
    for engine in ("prompted", "full", DEFAULT_ENGINE):
        settings["fill-engine"] = engine
        assert make().options().engine == engine


def test_an_engine_that_is_gone_gives_way_to_the_default(make: Make, settings: Settings) -> None:
    settings["fill-engine"] = "uninstalled"
    panel = make()
    assert panel.options().engine == DEFAULT_ENGINE
    assert ENGINES[DEFAULT_ENGINE].summary in texts(panel)


def test_the_feather_begins_as_the_engines_own(panel: FillPanel) -> None:
    usual = ENGINES[DEFAULT_ENGINE].feather
    assert panel.options() == FillOptions(feather=usual)
    spin = next(s for s in panel.findChildren(QSpinBox) if s.suffix().strip() == "px")
    assert spin.value() == usual
    spin.setValue(3)
    assert panel.options().feather == 3


def test_a_seed_is_new_each_time_or_kept(qtbot: QtBot, panel: FillPanel) -> None:
    seed = next(s for s in panel.findChildren(QSpinBox) if s.maximum() == SEEDS - 1)
    new = panel.findChild(QCheckBox)
    assert new.isChecked() and not seed.isEnabled()
    assert panel.options().seed is None
    panel.show_seed(SEEDS - 1)
    assert seed.value() == SEEDS - 1
    assert panel.options().seed is None  # shown so that it can be kept
    new.click()
    assert seed.isEnabled()
    assert panel.options().seed == SEEDS - 1
    seed.setValue(0)
    assert panel.options().seed == 0
    new.click()
    assert panel.options().seed is None


def test_the_button_asks_when_it_can(qtbot: QtBot, panel: FillPanel) -> None:
    button = panel.findChild(QPushButton, "fill-button")
    asked: list[None] = []
    panel.fill_asked.connect(lambda: asked.append(None))
    panel.set_ready(False, "Open a picture first.")
    qtbot.mouseClick(button, LEFT)
    assert not asked
    assert "Open a picture first." in texts(panel)
    panel.set_ready(True, "")
    assert "Open a picture first." not in texts(panel)
    qtbot.mouseClick(button, LEFT)
    assert len(asked) == 1


def test_while_it_runs_there_is_a_bar_and_a_way_out(qtbot: QtBot, panel: FillPanel) -> None:
    fill, cancel = (panel.findChild(QPushButton, f"{name}-button") for name in ("fill", "cancel"))
    bar = panel.findChild(QProgressBar)
    asked: list[None] = []
    panel.cancel_asked.connect(lambda: asked.append(None))
    assert fill.isVisible() and not cancel.isVisible()
    for _ in range(2):
        panel.show_running(True)
        assert cancel.isVisible() and bar.isVisible() and not fill.isVisible()
        assert bar.value() == 0
        assert "Starting the engine…" in texts(panel)
        panel.show_progress(Progress("r", "search", 0.7))
    qtbot.mouseClick(cancel, LEFT)
    assert len(asked) == 1
    panel.show_running(False)
    assert fill.isVisible() and not cancel.isVisible()


@pytest.mark.parametrize(
    ("progress", "share", "text"),
    [
        (Progress("r", "search", 0.25), 0.25, "Searching for what fits"),
        (Progress("r", "search", 0.5, 3, 8), 0.5, "Searching for what fits, 3 of 8"),
        (Progress("r", "compose", 1.0, 1, 1), 1.0, "Putting it together"),
        (Progress("r", "search", 0.5, 3, 8, 42.0), 0.5, "Searching for what fits, 3 of 8 · 40 s left"),
        (Progress("r", "compose", 0.9, seconds_left=1.0), 0.9, "Putting it together · a few seconds left"),
        (Progress("r", "from-a-newer-engine", 0.0), 0.0, "From a newer engine"),
    ],
)
def test_progress_is_told_in_words(panel: FillPanel, progress: Progress, share: float, text: str) -> None:
    panel.show_running(True)
    panel.show_progress(progress)
    bar = panel.findChild(QProgressBar)
    assert bar.value() == round(bar.maximum() * share)
    assert text in texts(panel)
