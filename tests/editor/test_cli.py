"""The commands fill and export, with a stand-in for the engine host and with the real one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from editor.document.layers import FillLayer
from editor.files.formats import open_document
from inference.engines.engine import ENGINES
from inference.geometry import Bounds
from inference.mask import _distance_to, reach
from main import main
from tests.editor.cli_support import StandIn, finish, make_mask, make_photo, mask_array, pixels, start

ENGINE = ENGINES["content-aware"]


@dataclass
class Desk:
    """A folder with a photo and a mask, and the last lines that were printed."""

    folder: Path
    photo: Path
    mask: Path
    capsys: pytest.CaptureFixture[str]

    def fill(self, output: str, *options: object) -> int:
        words = ("fill", self.photo, "--mask", self.mask, "-o", self.folder / output, *options)
        return main([str(word) for word in words])

    def printed(self) -> str:
        return self.capsys.readouterr().out


@pytest.fixture
def home(own_folders: Path) -> Path:
    """Where the program keeps its settings and all else during a test."""
    return own_folders


@pytest.fixture
def desk(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder, make_photo(folder / "photo.png"), make_mask(folder / "mask.png"), capsys)


@pytest.fixture
def stand_in(home: Path) -> StandIn:
    return StandIn(home, "paint")


def assert_only_the_mask_changed(
    before: np.ndarray, after: np.ndarray, mask: np.ndarray, feather: int
) -> None:
    beyond = _distance_to(mask > 0) > reach(ENGINE.grow, feather)
    assert beyond.any()
    assert np.array_equal(before[beyond], after[beyond])
    assert (before[mask == 255] != after[mask == 255]).any()


@pytest.mark.host
def test_the_main_job_with_the_real_engine(desk: Desk) -> None:
    assert desk.fill("out.png", "--seed", 3) == 0
    assert desk.printed().startswith(str(desk.folder / "out.png"))
    assert_only_the_mask_changed(
        pixels(desk.photo), pixels(desk.folder / "out.png"), mask_array(), ENGINE.feather
    )


@pytest.mark.host
def test_a_seed_is_reproducible(desk: Desk) -> None:
    for name in ("a.png", "b.png"):
        assert desk.fill(name, "--seed", 11, "--feather", 0) == 0
    assert (desk.folder / "a.png").read_bytes() == (desk.folder / "b.png").read_bytes()


@pytest.mark.host
def test_a_fill_imports_neither_torch_nor_the_window(desk: Desk) -> None:
    seen = "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    words = ("fill", desk.photo, "--mask", desk.mask, "-o", desk.folder / "out.png", "--json")
    code, out, err = finish(start(*words, after=seen))
    assert code == 0, err
    assert json.loads(out)["engine"] == "content-aware"
    for module in ("torch", "diffusers", "transformers", "numba", "PySide6"):
        assert f"'{module}'" not in err


def test_json_tells_the_facts(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.png", "--seed", 5, "--feather", 9, "--json") == 0
    lines = desk.printed().splitlines()
    assert len(lines) == 1
    facts = json.loads(lines[0])
    output = str(desk.folder / "out.png")
    assert facts["engine"] == "content-aware"
    assert (facts["seed"], facts["seeds"]) == (5, [5])
    assert (facts["output"], facts["outputs"]) == (output, [output])
    assert facts["bounds"] == [0, 0, 160, 120]
    assert facts["working_size"] == [160, 120]
    assert facts["feather"] == 9
    assert facts["seconds"] > 0


def test_every_option_reaches_the_engine(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.ora", "--seed", 8, "--count", 2, "--device", "cpu") == 0
    request = stand_in.heard()
    assert (request["seed"], request["count"], request["device"]) == (8, 2, "cpu")
    assert (request["prompt"], request["steps"], request["model"]) == ("", None, None)


def test_without_a_seed_each_fill_has_its_own(desk: Desk, stand_in: StandIn) -> None:
    seeds = set()
    for name in ("a.png", "b.png"):
        assert desk.fill(name, "--json") == 0
        seeds.add(json.loads(desk.printed())["seed"])
    assert len(seeds) == 2


def test_openraster_keeps_the_photo_below_the_fill(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.ora", "--seed", 5) == 0
    photo, filled = open_document(desk.folder / "out.ora").layers()
    assert isinstance(filled, FillLayer) and filled.recipe is not None
    assert filled.recipe.seed == 5
    assert filled.mask is not None
    assert np.array_equal(
        open_document(desk.photo).root.children[0].pixels.read(_canvas(desk.photo)),  # type: ignore[attr-defined]
        photo.pixels.read(_canvas(desk.photo)),  # type: ignore[attr-defined]
    )


def test_candidates_become_files(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.png", "--seed", 30, "--count", 3, "--json") == 0
    facts = json.loads(desk.printed())
    names = [f"out-{number}.png" for number in (1, 2, 3)]
    assert facts["outputs"] == [str(desk.folder / name) for name in names]
    assert facts["seeds"] == [30, 31, 32]
    assert not (desk.folder / "out.png").exists()
    inside = [tuple(pixels(desk.folder / name)[60, 75]) for name in names]
    assert inside == [(seed, 40, 200, 255) for seed in (30, 31, 32)]


def test_candidates_become_files_where_layers_cannot_have_any(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.psd", "--seed", 30, "--count", 2) == 0
    assert sorted(each.name for each in desk.folder.glob("out*")) == ["out-1.psd", "out-2.psd"]


def test_candidates_stay_with_one_layer_that_shows_the_first(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.ora", "--seed", 30, "--count", 3) == 0
    _photo, layer = open_document(desk.folder / "out.ora").layers()
    assert isinstance(layer, FillLayer) and layer.taken == 1
    assert [candidate.seed for candidate in layer.candidates] == [30, 31, 32]
    assert main(["export", str(desk.folder / "out.ora"), str(desk.folder / "flat.png")]) == 0
    assert tuple(pixels(desk.folder / "flat.png")[60, 75]) == (30, 40, 200, 255)


def test_a_fill_goes_on_top_of_a_layered_picture(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("one.ora", "--seed", 1) == 0
    desk.photo = desk.folder / "one.ora"
    elsewhere = np.zeros((120, 160), np.uint8)
    elsewhere[5:15, 5:15] = 255
    desk.mask = make_mask(desk.folder / "elsewhere.png", elsewhere)
    before = desk.photo.read_bytes()
    assert desk.fill("two.ora", "--seed", 2, "--feather", 0) == 0
    assert desk.photo.read_bytes() == before
    layers = list(open_document(desk.folder / "two.ora").layers())
    assert [type(layer) is FillLayer for layer in layers] == [False, True, True]
    assert layers[-1].mask is not None and layers[-1].mask.content_bounds().right <= 15 + ENGINE.grow


@pytest.mark.parametrize("kind", ["white", "alpha", "palette"])
def test_white_or_alpha_is_the_mask(desk: Desk, stand_in: StandIn, kind: str) -> None:
    array = mask_array()
    if kind == "alpha":  # black where it is filled: only the alpha counts
        array = np.dstack([np.zeros((*array.shape, 3), np.uint8), array])
    make_mask(desk.mask, array)
    if kind == "palette":
        with Image.open(desk.mask) as image:
            image.convert("P").save(desk.mask)
    assert desk.fill("out.png", "--seed", 9, "--feather", 0) == 0
    before, after = pixels(desk.photo), pixels(desk.folder / "out.png")
    assert (after[array[..., -1] == 255 if kind == "alpha" else array == 255] == (9, 40, 200, 255)).all()
    assert_only_the_mask_changed(before, after, mask_array(), 0)


def test_grey_is_partly_filled(desk: Desk, stand_in: StandIn) -> None:
    make_mask(desk.mask, (mask_array() // 255 * 128).astype(np.uint8))
    assert desk.fill("out.png", "--seed", 200, "--feather", 0) == 0
    before, after = (
        pixels(desk.photo)[60, 75].astype(int),
        pixels(desk.folder / "out.png")[60, 75].astype(int),
    )
    mixed = before[:3] + (np.array([200, 40, 200]) - before[:3]) * 128 / 255
    assert np.abs(after[:3] - mixed).max() <= 1


def test_a_jpeg_mask_is_as_black_and_white_as_it_was_meant(desk: Desk, stand_in: StandIn) -> None:
    desk.mask = desk.folder / "mask.jpg"
    Image.fromarray(mask_array()).save(desk.mask, quality=90)
    assert desk.fill("out.png", "--feather", 0) == 0
    assert np.array_equal(pixels(desk.photo)[:30], pixels(desk.folder / "out.png")[:30])


def test_the_photo_is_turned_as_its_camera_was_held(desk: Desk, stand_in: StandIn) -> None:
    desk.photo = desk.folder / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(make_photo(desk.folder / "raw.png", 120, 160)) as image:
        image.save(desk.photo, exif=exif)
    assert desk.fill("out.png", "--seed", 4, "--feather", 0) == 0
    after = pixels(desk.folder / "out.png")
    assert after.shape[:2] == (120, 160)
    assert tuple(after[60, 75]) == (4, 40, 200, 255)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".ora", ".psd"])
def test_export_writes_every_format(desk: Desk, stand_in: StandIn, suffix: str) -> None:
    assert desk.fill("in.ora", "--seed", 6) == 0
    desk.printed()
    target = desk.folder / f"flat{suffix}"
    assert main(["export", str(desk.folder / "in.ora"), str(target)]) == 0
    said = desk.capsys.readouterr()
    assert said.out == f"{target}\n"
    document = open_document(target)
    assert tuple(document.extent) == (160, 120)
    assert len(list(document.layers())) == (2 if suffix in (".ora", ".psd") else 1)
    losses = [line for line in said.err.splitlines() if line.startswith(f"pentimento: “flat{suffix}”: ")]
    assert bool(losses) == (suffix != ".ora")


def test_export_with_less_quality(desk: Desk) -> None:
    sizes = []
    for options in ((), ("--quality", "40", "--subsampling", "4:2:0")):
        assert main(["export", str(desk.photo), str(desk.folder / "out.jpg"), *options]) == 0
        sizes.append((desk.folder / "out.jpg").stat().st_size)
    assert sizes[1] < sizes[0] / 2


def test_a_progress_bar_only_where_someone_looks(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.png") == 0
    assert desk.capsys.readouterr().err == ""


def test_the_progress_bar_tells_stage_share_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    import io

    from editor.headless import ProgressBar
    from inference.request import Progress

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with ProgressBar(terminal) as bar:
        bar.show(Progress("id", "search", 0.25, 1, 4, seconds_left=200.0))
        line = terminal.getvalue().rpartition("\r")[2]
        assert "25%" in line and "Searching" in line and "3 min left" in line
    assert terminal.getvalue().rpartition("\r")[2] == "", "it is gone at the end"


def _canvas(path: Path):  # type: ignore[no-untyped-def]
    return open_document(path).canvas


def test_how_it_is_fitted_in_and_what_is_seen_are_handed_on(desk: Desk, stand_in: StandIn) -> None:
    assert desk.fill("out.png", "--context", "tight", "--json") == 0
    assert desk.fill("fitted.ora", "--colour-match", 70, "--blend", 60, "--grain", 50) == 0
    layer = list(open_document(desk.folder / "fitted.ora").layers())[-1]
    assert isinstance(layer, FillLayer) and layer.recipe is not None
    assert (layer.recipe.colour_match, layer.recipe.blend, layer.recipe.grain) == (70, 60, 50)
    assert layer.recipe.colour_adaptation
    assert desk.fill("copied.ora", "--colour-adaptation", "off") == 0
    layer = list(open_document(desk.folder / "copied.ora").layers())[-1]
    assert isinstance(layer, FillLayer) and layer.recipe is not None and not layer.recipe.colour_adaptation
    assert desk.fill("other.png", "--colour-adaptation", "maybe") == 2
    for option, value in (("--start", "noise"), ("--refine", "on"), ("--start", "anywhere")):
        assert desk.fill("other.png", option, value) == 2  # the stand-in has neither
    assert desk.fill("other.png", "--working-size", 640) == 2  # the stand-in works at the photo's own size


def test_a_box_and_a_source_are_handed_on(desk: Desk, stand_in: StandIn) -> None:
    source = np.zeros((120, 160), np.uint8)
    source[80:120, 100:160] = 255
    make_mask(desk.folder / "source.png", source)
    words = ("--source", desk.folder / "source.png", "--context", "20,10,130,100", "--json")
    assert desk.fill("out.ora", *words) == 0
    layer = list(open_document(desk.folder / "out.ora").layers())[-1]
    assert isinstance(layer, FillLayer) and layer.recipe is not None
    assert layer.recipe.source.content_bounds() == Bounds(100, 80, 60, 40)
    context = layer.recipe.context
    assert context.contains(Bounds(20, 10, 130, 100)) and context.contains(Bounds(100, 80, 60, 40))
