"""Brushes: what they may be, and reading them from files, good and bad."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from editor.raster.brush import Brush, BrushFileError, load_brushes, read_brush
from editor.raster.response import Response
from editor.resources import resource

PRESETS = load_brushes(resource("brushes"))


def written(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_programs_brushes_are_all_read() -> None:
    assert set(PRESETS) == {path.stem for path in resource("brushes").glob("*.toml")}
    assert {
        "soft-round",
        "hard-round",
        "ink-pen",
        "pencil",
        "airbrush",
        "calligraphy",
        "chalk",
        "eraser",
    } <= set(PRESETS)
    assert len({brush.title for brush in PRESETS.values()}) == len(PRESETS)


@pytest.mark.parametrize("brush", PRESETS.values(), ids=PRESETS)
def test_a_preset_has_what_its_name_says(brush: Brush) -> None:
    assert brush.title != brush.id and brush.dynamics
    assert brush.eraser == (brush.id == "eraser")
    assert (brush.image is not None) == bool(brush.tip)
    assert brush.form().image is brush.image


def test_every_field_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        title = "Mine"
        size = 33
        hardness = 0.25
        opacity = 0.5
        flow = 0.125
        spacing = 0.3
        roundness = 0.4
        angle = -30
        smoothing = 1
        scatter = 2
        turning = true
        blend_mode = "multiply"
        eraser = true
        [dynamics.size]
        pressure = [[0, 0.25], [1, 1]]
        [dynamics.flow]
        tilt = [[0.5, 1]]
        """,
    )
    assert read_brush(path) == Brush(
        "mine", "Mine", 33, 0.25, 0.5, 0.125, 0.3, 0.4, -30, 1, 2, True, "", "multiply", True,
        (("size", "pressure", Response(((0, 0.25), (1, 1)))), ("flow", "tilt", Response(((0.5, 1),)))),
    )  # fmt: skip


def test_an_empty_file_is_the_plain_brush_under_its_own_name(tmp_path: Path) -> None:
    assert read_brush(written(tmp_path, "")) == Brush("mine", "mine")


def test_an_image_tip_is_read_from_beside_the_brush(tmp_path: Path) -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(6, 8)
    cv2.imwrite(str(tmp_path / "tip.png"), picture)
    brush = read_brush(written(tmp_path, 'tip = "tip.png"'))
    assert np.array_equal(brush.form().image, picture)
    cv2.imwrite(str(tmp_path / "tip.png"), picture[::-1])
    assert (
        read_brush(tmp_path / "mine.toml").form() != brush.form()
    )  # no stamps of the former are taken for it


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("size = ", "mine.toml"),
        ("size = 0", "size is 0"),
        ("size = 3000", "size is 3000"),
        ("size = nan", "size is nan"),
        ('size = "big"', "size is 'big'"),
        ("size = true", "size is True"),
        ("hardness = 1.5", "from 0 to 1"),
        ("eraser = 1", "eraser is 1"),
        ("title = 3", "title is 3"),
        ("colour = 3", "no 'colour'"),
        ('id = "other"', "no 'id'"),
        ('image = "x.png"', "no 'image'"),
        ('blend_mode = "shiny"', "'shiny'"),
        ("dynamics = 3", "dynamics are tables"),
        ("[dynamics]\nsize = 3", "dynamics are tables"),
        ("[dynamics.colour]\npressure = [[0, 0]]", "'colour'"),
        ("[dynamics.size]\nwheel = [[0, 0]]", "'wheel'"),
        ("[dynamics.size]\npressure = []", "size by pressure: a curve has points"),
        ("[dynamics.size]\npressure = [[0, 2]]", "size by pressure: a curve has points"),
        ("[dynamics.size]\npressure = [[1, 0], [0, 1]]", "left to right"),
        ("[dynamics.size]\npressure = [0, 1]", "size by pressure"),
        ("[dynamics.size]\npressure = [[0, 1, 2]]", "size by pressure"),
        ("[dynamics.size]\npressure = 1", "size by pressure"),
        ('tip = "none.png"', "'none.png' cannot be read"),
        ('tip = "../tip.png"', "does not lie beside"),
        ('tip = "broken.png"', "'broken.png' is no greyscale picture"),
        ('tip = "empty.png"', "'empty.png' is no greyscale picture"),
    ],
)
def test_a_bad_file_says_what_is_wrong_with_it(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(BrushFileError, match=r"^mine\.toml: ") as caught:
        read_brush(written(tmp_path, text))
    assert why in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BrushFileError, match=r"mine\.toml"):
        read_brush(tmp_path / "mine.toml")


def test_a_broken_brush_is_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path, "size = -1", "bad")
    written(tmp_path, "size = 7", "good")
    with caplog.at_level(logging.WARNING):
        assert list(load_brushes(tmp_path)) == ["good"]
    assert "bad.toml: size is -1" in caplog.text
    caplog.clear()


def test_a_later_folder_replaces_a_brush_and_titles_give_the_order(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir(), theirs.mkdir()
    written(ours, 'title = "b"', "one")
    written(ours, 'title = "C"', "two")
    written(theirs, 'title = "a"\nsize = 5', "two")
    brushes = load_brushes(ours, theirs, tmp_path / "missing")
    assert list(brushes) == ["two", "one"]
    assert brushes["two"].size == 5


@pytest.mark.parametrize(
    "bad", [{"size": 0.1}, {"flow": -0.1}, {"spacing": 0}, {"roundness": 0}, {"blend_mode": "none"}]
)
def test_what_no_brush_can_be(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Brush(**bad)  # type: ignore[arg-type]
