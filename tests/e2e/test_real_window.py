"""The main job at a real window under a virtual X server, with real mouse and key events and the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editor.document.layers import FillLayer
from editor.files.formats import open_document
from editor.render.compositor import composite
from editor.resources import resource
from inference.geometry import Bounds
from inference.mask import reach
from tests.e2e.conftest import Program

pytestmark = pytest.mark.window

Start = Callable[..., Program]
ROCK = Bounds(280, 230, 110, 70)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """The sample's lower right quarter: a rock on grass."""
    path = tmp_path / "meadow.png"
    with Image.open(resource("samples", "picos-de-europa.jpg")) as sample:
        sample.crop((1240, 1100, 1840, 1536)).save(path)
    return path


def in_window(program: Program) -> Callable[[float, float], tuple[int, int]]:
    x, y, scale = program.view()
    return lambda px, py: (round(x + px * scale), round(y + py * scale))


def lasso(program: Program, at: Callable[[float, float], tuple[int, int]], box: Bounds) -> Bounds:
    program.key("l")
    corners = [(box.x, box.y), (box.right, box.y), (box.right, box.bottom), (box.x, box.bottom)]
    program.drag(*(at(*corner) for corner in corners))
    return Bounds(*(int(value) for value in program.report("selection").split()))


def test_open_lasso_fill_undo_save_reopen(start: Start, photo: Path, tmp_path: Path) -> None:
    original = photo.read_bytes()
    program = start(str(photo))
    program.wait_for_title("meadow.png")
    at = in_window(program)
    selected = lasso(program, at, ROCK)
    assert abs(selected.x - ROCK.x) <= 3 and abs(selected.width - ROCK.width) <= 6

    program.key("ctrl+Return")
    assert program.report("layers") == "['Background', 'Content-aware fill']"
    program.key("ctrl+z")
    assert program.report("layers") == "['Background']"
    program.key("ctrl+shift+z")
    assert program.report("layers") == "['Background', 'Content-aware fill']"

    target = tmp_path / "work.ora"
    program.key("ctrl+s")
    program.wait_for_title("Save As")
    program.key("ctrl+a")
    program.type(str(target))
    program.key("Return")
    assert program.report("saved") == str(target)
    program.wait_for_title("work.ora")
    program.key("ctrl+q")
    assert program.process.wait(60) == 0

    assert photo.read_bytes() == original
    document = open_document(target)
    fill = document.root.children[1]
    assert isinstance(fill, FillLayer)
    before = np.asarray(Image.open(photo).convert("RGBA"))
    after = composite(document.root, document.canvas)
    changed = (after != before).any(-1)
    may_change = np.zeros(changed.shape, bool)
    soft = selected.padded(reach(fill.recipe.grow, fill.recipe.feather)).intersected(document.canvas)
    may_change[soft.slices()] = True
    assert not changed[~may_change].any()
    assert changed[ROCK.slices()].mean() > 0.8

    again = start(str(target))
    again.wait_for_title("work.ora")
    at = in_window(again)
    lasso(again, at, Bounds(60, 60, 60, 60))
    again.key("ctrl+Return")
    assert again.report("layers") == "['Background', 'Content-aware fill', 'Content-aware fill 2']"


def test_paint_with_the_brush_erase_zoom_and_pan(start: Start, photo: Path) -> None:
    program = start(str(photo))
    program.wait_for_title("meadow.png")
    at = in_window(program)
    program.drag(at(200, 200), at(300, 200))
    assert program.report("history") == "1"
    program.key("l")
    program.key("b")
    program.key("ctrl+z")
    assert program.report("history") == "0"

    program.click(*at(300, 200), button=4)  # the wheel, up: zooms to the pointer
    program.report("zoom")
    zoomed = in_window(program)
    assert abs(zoomed(300, 200)[0] - at(300, 200)[0]) <= 1
    assert zoomed(310, 200)[0] - zoomed(300, 200)[0] > at(310, 200)[0] - at(300, 200)[0]
    program.drag(zoomed(300, 200), (zoomed(300, 200)[0] + 40, zoomed(300, 200)[1] + 25), button=2)
    program.drag(zoomed(340, 250), zoomed(380, 250))
    assert program.report("history") == "1"
    program.key("ctrl+q")
    program.wait_for_title("Unsaved work")
    program.key("Escape")
    program.wait_for_title("meadow.png")
    program.key("ctrl+z")
    assert program.report("history") == "0"
    program.key("ctrl+q")
    assert program.process.wait(60) == 0


def test_a_new_picture_is_painted_on_in_layers(start: Start, tmp_path: Path) -> None:
    program = start()
    program.wait_for_title("Pentimento")
    program.key("ctrl+n")
    program.wait_for_title("New Picture")
    program.type("400\t")
    program.key("Return")
    program.wait_for_title("Untitled")
    at = in_window(program)
    program.key("ctrl+shift+n")
    assert program.report("layers") == "['Background', 'Layer']"
    assert program.report("history") == "1"
    program.key("p")
    program.drag(at(100, 300), at(300, 300))
    assert program.report("history") == "2"
    program.key("x")  # white is in hand now
    program.drag(at(200, 200), at(200, 400))
    assert program.report("history") == "3"
    program.key("ctrl+j")
    assert program.report("layers") == "['Background', 'Layer', 'Layer copy']"
    program.key("ctrl+e")
    program.report("layers")

    target = tmp_path / "painted.ora"
    program.key("ctrl+s")
    program.wait_for_title("Save As")
    program.key("ctrl+a")
    program.type(str(target))
    program.key("Return")
    assert program.report("saved") == str(target)
    program.key("ctrl+q")
    assert program.process.wait(60) == 0
    document = open_document(target)
    assert (document.extent.width, document.extent.height) == (400, 1500)
    assert [layer.name for layer in document.layers()] == ["Background", "Layer"]
    picture = composite(document.root, document.canvas)
    assert picture[300, 130].tolist() == [0, 0, 0, 255]
    assert picture[300, 200].tolist() == picture[900, 100].tolist() == [255, 255, 255, 255]


def test_make_run_opens_the_sample(start: Start) -> None:
    program = start(str(resource("samples", "picos-de-europa.jpg")))
    program.wait_for_title("picos-de-europa.jpg – Pentimento")
    program.key("ctrl+q")
    assert program.process.wait(60) == 0
