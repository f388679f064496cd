"""The fill panel: it shows what the engine can do and nothing that it would ignore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from editor.document.geometry import Bounds
from editor.document.recipe import FillRecipe
from editor.fill_options import SEEDS, FillOptions, check_options
from editor.settings import Settings
from editor.ui.engine_box import EngineBox
from editor.ui.fill_panel import FillPanel
from editor.ui.references_box import ReferencesBox
from editor.ui.setting_widgets import SettingWidget
from editor.ui.spin_box import SpinBox, TenthsBox
from inference.engines.engine import DEFAULT_ENGINE, ENGINES, EngineInfo
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.request import Progress

LEFT = Qt.MouseButton.LeftButton

PROMPTED = EngineInfo("prompted", "nowhere", "Prompted", "Paints what is asked.", prompt=True)
FULL = EngineInfo("full", "nowhere", "Full", "Can do it all.", prompt=True, negative_prompt=True)

Make = Callable[[], FillPanel]


@pytest.fixture
def make(qtbot: QtBot, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    for info in (PROMPTED, FULL):
        monkeypatch.setitem(ENGINES, info.id, info)

    made: list[FillPanel] = []

    def new() -> FillPanel:
        panel = FillPanel(settings, ModelStore())
        qtbot.addWidget(panel)
        panel.resize(320, 500)
        panel.show()
        qtbot.waitExposed(panel)
        made.append(panel)
        return panel

    yield new
    for panel in made:
        panel.stop()


@pytest.fixture
def panel(make: Make) -> FillPanel:
    return make()


def choose(panel: FillPanel, engine: str) -> None:
    combo = panel.findChild(EngineBox)
    index = combo.findData(engine)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)  # as a click or a key does


def stored_model(folder: Path) -> Model:
    """Recorded, not loadable: nothing here loads it."""
    for part in ("prior", "inpaint", "generate"):
        folder.joinpath(part).mkdir(exist_ok=True)
    parts = {part: str(folder / part) for part in ("prior", "inpaint", "generate")}
    model = Model("kandinsky", "Kandinsky", "kandinsky-2-2", parts, {"inpaint/unet": 1000})
    ModelStore().write(model)
    return model


def reload(qtbot: QtBot, panel: FillPanel) -> None:
    """Until the list shows what is on the disk."""
    panel.reload_models()
    expected = {model.id for model in ModelStore().models()}
    expected |= {engine.id for engine in ENGINES.values() if not engine.needs_model}
    qtbot.waitUntil(lambda: entries(panel).keys() == expected)


def shown(panel: FillPanel) -> set[str]:
    """The fields for words that can be seen."""
    fields = {"prompt": panel._prompt, "negative": panel._negative}
    return {name for name, field in fields.items() if field.isVisible()}


def texts(panel: FillPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible() and label.text()]


def entries(panel: FillPanel) -> dict[str, str]:
    """What can be chosen: {key: text}, without the separator and the entry behind it."""
    combo = panel.findChild(EngineBox)
    return {combo.itemData(index): combo.itemText(index) for index in range(combo.count() - 2)}


def test_every_engine_that_needs_no_model_can_be_chosen(panel: FillPanel) -> None:
    assert entries(panel) == {e.id: e.title for e in ENGINES.values() if not e.needs_model}


def test_models_join_the_list(
    qtbot: QtBot, panel: FillPanel, make: Make, tmp_path: Path, settings: Settings
) -> None:
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    assert entries(panel)[kandinsky.id] == kandinsky.name
    choose(panel, kandinsky.id)
    info = ENGINES[kandinsky.family]
    assert shown(panel) == {"prompt", "negative"}
    assert info.summary in texts(panel)
    options = panel.options()
    assert (options.engine, options.model) == (info.id, kandinsky.id)
    assert check_options(options) is info
    again = make()
    reload(qtbot, again)
    assert again.options().model == kandinsky.id
    ModelStore().folder_of(kandinsky).joinpath("model.json").unlink()
    reload(qtbot, again)
    assert again.options() == FillOptions(feather=ENGINES[DEFAULT_ENGINE].feather)
    ModelStore().write(kandinsky)
    reload(qtbot, again)
    assert again.options().model == kandinsky.id  # what was wanted is not forgotten


def test_a_models_numbers_are_kept_for_its_engine(
    qtbot: QtBot, panel: FillPanel, make: Make, tmp_path: Path
) -> None:
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    choose(panel, kandinsky.id)
    assert panel.options().steps is None and panel.options().guidance is None  # the usual
    steps = next(box for box in panel.findChildren(SpinBox) if box.toolTip().startswith("More steps"))
    guidance = next(
        box for box in panel.findChildren(TenthsBox) if box.toolTip().startswith("How closely the")
    )
    assert not steps.isVisible()
    qtbot.mouseClick(next(b for b in panel.findChildren(QToolButton) if b.text() == "More"), LEFT)
    assert steps.isVisible() and guidance.text() == "4.0"
    steps.setValue(12)
    guidance.lineEdit().selectAll()
    qtbot.keyClicks(guidance, "7.5")
    assert (panel.options().steps, panel.options().guidance) == (12, 7.5)
    again = make()
    reload(qtbot, again)
    assert (again.options().steps, again.options().guidance) == (12, 7.5)
    choose(again, DEFAULT_ENGINE)
    assert again.options().steps is None


def test_the_strength_is_asked_of_engines_that_have_one(
    qtbot: QtBot, panel: FillPanel, tmp_path: Path, settings: Settings
) -> None:
    settings["fill-strength"] = 40
    assert panel.options().strength == 1
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    choose(panel, kandinsky.id)
    assert panel.options().strength == 0.4
    assert panel.generation_options().strength == 1


def test_what_a_model_starts_from_appears_with_the_strength(
    qtbot: QtBot, panel: FillPanel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = EngineInfo("starting", "nowhere", "Starting", "Starts.", strength=True, start=True)
    monkeypatch.setitem(ENGINES, starting.id, starting)
    reload(qtbot, panel)
    choose(panel, starting.id)
    row = panel.findChild(SettingWidget, "fill-start")
    settings["fill-start"] = "noise"
    assert not row.isVisible() and panel.options().start == "auto"
    settings["fill-strength"] = 60
    assert row.isVisible() and panel.options().start == "noise"
    assert panel.generation_options().start == "auto"


def test_what_the_engine_sees_and_at_which_size(
    qtbot: QtBot, panel: FillPanel, tmp_path: Path, settings: Settings
) -> None:
    settings["fill-context"], settings["fill-working-side"] = "wide", 640
    assert (panel.options().context, panel.options().working_side) == ("wide", None)
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    choose(panel, kandinsky.id)
    assert (panel.options().context, panel.options().working_side) == ("wide", 640)
    settings["fill-working-side"] = 0
    assert panel.options().working_side is None


def test_pictures_stand_beside_the_prompt(qtbot: QtBot, panel: FillPanel, tmp_path: Path) -> None:
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    choose(panel, kandinsky.id)
    picture = tmp_path / "felt.png"
    Image.new("RGBA", (2000, 1000), (10, 200, 30, 255)).save(picture)
    box = panel.findChild(ReferencesBox)
    box.add_file(picture)
    qtbot.waitUntil(lambda: len(panel.options().references) == 1)
    reference = panel.options().references[0]
    assert reference.image.shape == (256, 512, 3) and (reference.image == (10, 200, 30)).all()
    assert reference.weight == 1
    weight = box.findChild(SpinBox)
    weight.setValue(250)
    assert panel.options().references[0].weight == 2.5
    weight.setValue(0)
    assert not panel.options().references
    weight.setValue(100)
    with qtbot.waitSignal(panel.failed) as told:
        box.add_file(tmp_path / "none.png")
    assert "none.png" in told.args[0]
    qtbot.mouseClick(box.findChild(QToolButton), LEFT)
    assert not panel.options().references


def test_the_last_entry_leads_to_the_models(qtbot: QtBot, panel: FillPanel) -> None:
    combo = panel.findChild(EngineBox)
    with qtbot.waitSignal(panel.models_asked):
        index = combo.count() - 1
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
    assert combo.currentData() == DEFAULT_ENGINE


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
    spin = panel.findChild(QSpinBox, "fill-feather")
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


def test_a_picture_may_be_dropped_on_the_prompt(qtbot: QtBot, panel: FillPanel, tmp_path: Path) -> None:
    """Anywhere on the panel is beside the prompt; an engine that takes no pictures leaves them to the window."""
    picture = tmp_path / "felt.png"
    Image.new("RGB", (20, 10), (10, 200, 30)).save(picture)
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(picture))])

    def enter() -> QDragEnterEvent:
        keys, actions = Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
        event = QDragEnterEvent(QPoint(5, 5), actions, dropped, LEFT, keys)
        QApplication.sendEvent(panel, event)
        return event

    assert not enter().isAccepted()
    kandinsky = stored_model(tmp_path)
    reload(qtbot, panel)
    choose(panel, kandinsky.id)
    assert enter().isAccepted() and not panel._prompt.acceptDrops()
    QApplication.sendEvent(
        panel,
        QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, dropped, LEFT, Qt.KeyboardModifier.NoModifier),
    )
    qtbot.waitUntil(lambda: len(panel.options().references) == 1)


def test_who_is_about_to_fill_is_told_apart(qtbot: QtBot, panel: FillPanel) -> None:
    asked: list[bool] = []
    panel.plan_asked.connect(asked.append)
    button = panel.findChild(QPushButton, "fill-button")
    for kind in (QEvent.Type.Enter, QEvent.Type.Leave):
        QApplication.sendEvent(button, QEvent(kind))
    assert asked == [True, False]


def test_a_recipe_is_asked_for_again(panel: FillPanel, tmp_path: Path) -> None:
    recipe = FillRecipe(
        "full",
        12,
        Bounds(0, 0, 9, 9),
        (512, 512),
        3,
        17,
        prompt="a hat",
        negative_prompt="rain",
        strength=0.6,
        steps=20,
    )
    combo = panel.findChild(EngineBox)
    combo._choices["full"] = type(combo.choice)(FULL)
    assert panel.show_recipe(recipe)
    options = panel.options()
    assert (options.engine, options.seed, options.feather) == ("full", 12, 17)
    assert (options.prompt, options.negative_prompt) == ("a hat", "rain")


def test_a_recipe_of_an_engine_that_is_not_here(panel: FillPanel) -> None:
    recipe = FillRecipe("gone", SEEDS, Bounds(0, 0, 9, 9), (512, 512), 3, 9999, prompt="a hat")
    before = panel.choice.key
    assert not panel.show_recipe(recipe)
    assert panel.choice.key == before
    assert panel.options().seed is None
