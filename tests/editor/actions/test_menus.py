"""The tables of actions, and what those that change settings do, on a workspace without a window."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QKeySequence

from editor.actions.action import Action
from editor.actions.menus import MENUS
from editor.document.geometry import Bounds
from editor.document.layers import PaintLayer
from editor.session import Session
from editor.setting_table import SETTINGS
from editor.settings import Settings
from editor.tools.table import TOOLS

ACTIONS = {action.id: action for _title, actions in MENUS for action in actions}


@pytest.fixture
def workspace(session: Session, settings: Settings) -> SimpleNamespace:
    return SimpleNamespace(
        session=session, settings=settings, tool_options=("paint-size", "paint-hardness", "paint-opacity")
    )


def run(action_id: str, workspace: SimpleNamespace) -> None:
    action: Action = ACTIONS[action_id]
    assert action.enabled(workspace)
    action.run(workspace)


def test_no_key_means_two_things() -> None:
    keys = Counter(
        key.toString()
        for shortcut in (
            *(action.shortcut for action in ACTIONS.values() if action.shortcut),
            *(tool.info.shortcut for tool in TOOLS.values()),
        )
        for key in QKeySequence.listFromString(shortcut)
    )
    assert not [key for key, times in keys.items() if times > 1]
    assert "" not in keys


@pytest.mark.parametrize("brush", ["brush", "paint"])
def test_size_and_hardness_are_those_of_the_brush_in_hand(workspace: SimpleNamespace, brush: str) -> None:
    workspace.tool_options = (f"{brush}-size", f"{brush}-hardness")
    settings, other = workspace.settings, "paint" if brush == "brush" else "brush"
    untouched = settings[f"{other}-size"], settings[f"{other}-hardness"]
    settings[f"{brush}-size"] = 100
    run("brush-larger", workspace)
    assert settings[f"{brush}-size"] == 120
    run("brush-smaller", workspace)
    assert settings[f"{brush}-size"] == 100
    settings[f"{brush}-hardness"] = 95
    run("brush-harder", workspace)
    assert settings[f"{brush}-hardness"] == 100
    run("brush-softer", workspace)
    assert settings[f"{brush}-hardness"] == 90
    assert (settings[f"{other}-size"], settings[f"{other}-hardness"]) == untouched


def test_sizes_go_through_all_small_values_and_stop_at_the_ends(workspace: SimpleNamespace) -> None:
    settings = workspace.settings
    settings["paint-size"] = 3
    for expected in (2, 1, 1):
        run("brush-smaller", workspace)
        assert settings["paint-size"] == expected
    for _ in range(80):
        run("brush-larger", workspace)
    assert settings["paint-size"] == SETTINGS["paint-size"].maximum


def test_opacity_is_changed_in_tenths(workspace: SimpleNamespace) -> None:
    run("brush-fainter", workspace)
    assert workspace.settings["paint-opacity"] == 90
    run("brush-denser", workspace)
    run("brush-denser", workspace)
    assert workspace.settings["paint-opacity"] == 100


def test_a_tool_without_a_brush_leaves_brushes_alone(workspace: SimpleNamespace) -> None:
    workspace.tool_options = ("selection-mode",)
    for action_id in ("brush-larger", "brush-smaller", "brush-softer", "brush-harder", "brush-fainter"):
        assert not ACTIONS[action_id].enabled(workspace)


def test_colours_are_exchanged_and_reset(workspace: SimpleNamespace) -> None:
    settings = workspace.settings
    settings["paint-color"], settings["paint-other-color"] = "#102030", "#405060"
    run("color-swap", workspace)
    assert (settings["paint-color"], settings["paint-other-color"]) == ("#405060", "#102030")
    run("color-reset", workspace)
    assert (settings["paint-color"], settings["paint-other-color"]) == ("#000000", "#ffffff")


@pytest.mark.parametrize(
    ("action_id", "setting_id"), [("fill-color", "paint-color"), ("fill-other-color", "paint-other-color")]
)
def test_the_layer_is_filled_with_a_colour_of_the_settings(
    workspace: SimpleNamespace, action_id: str, setting_id: str
) -> None:
    workspace.settings[setting_id] = "#0a14ff"
    run(action_id, workspace)
    layer = workspace.session.active
    assert isinstance(layer, PaintLayer)
    assert layer.pixels.read(Bounds(5, 5, 1, 1))[0, 0].tolist() == [10, 20, 255, 255]


def test_layers_are_made_doubled_and_merged_from_the_menu(workspace: SimpleNamespace) -> None:
    session = workspace.session
    for action_id in ("layer-new", "layer-duplicate", "layer-merge-down", "group-new"):
        run(action_id, workspace)
    assert [layer.name for layer in session.document.root.children] == ["Background", "Layer", "Group"]
    session.active = session.document.root.children[0]
    for action_id in ("layer-merge-down", "layer-clip", "mask-apply", "mask-delete"):
        assert not ACTIONS[action_id].enabled(workspace)
    run("mask-add", workspace)
    assert not ACTIONS["mask-add"].enabled(workspace)
    run("mask-apply", workspace)
    assert session.active.mask is None


def test_a_layer_that_has_lost_its_base_can_still_be_freed(workspace: SimpleNamespace) -> None:
    run("layer-new", workspace)
    run("layer-clip", workspace)
    workspace.session.raise_active(-1)
    assert workspace.session.active.clipped
    run("layer-clip", workspace)
    assert not workspace.session.active.clipped


def test_a_locked_layer_is_not_painted_on_until_it_is_unlocked(workspace: SimpleNamespace) -> None:
    run("layer-lock", workspace)
    assert workspace.session.active.locked
    assert not ACTIONS["clear"].enabled(workspace) and not ACTIONS["fill-color"].enabled(workspace)
    run("layer-lock", workspace)
    run("clear", workspace)
    assert not workspace.session.active.pixels
