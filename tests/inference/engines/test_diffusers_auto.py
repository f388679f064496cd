"""The diffusers engine: what it makes is what the pipelines make, for every family; and what it refuses."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import diffusers
import numpy as np
import pytest
import torch
from diffusers.pipelines.auto_pipeline import AUTO_INPAINT_PIPELINES_MAPPING, _get_task_class
from PIL import Image

from inference.choices import RefineChoice
from inference.client import run_fill
from inference.engines import diffusers_auto
from inference.engines.diffusion import loading
from inference.engines.diffusion.loading import CLASSES
from inference.engines.diffusion.pictures import working_picture
from inference.engines.diffusion.schedulers import SCHEDULERS
from inference.engines.engine import ENGINES, unheard
from inference.engines.families import FAMILIES, PIPELINES
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.refine import fill_and_refine, parts_of
from inference.request import Array8, FillCancelled, FillCandidate, FillError, FillRequest
from tests.inference.family_checkpoints import BUILDERS
from tests.inference.single_file import write_single_file

# Of diffusers' own schedulers, with the newest NumPy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MakeFill = Callable[..., FillRequest]
Folder = Callable[[str], Path]

GENERATING = ("sd-1-5", "sdxl", "sd-3", "z-image", "qwen-image")


class Report:
    """Records what an engine reports; raises FillCancelled at step ``cancel_at``."""

    def __init__(self, cancel_at: int = 0) -> None:
        self.calls: list[tuple[str, float, int, int, Array8 | None]] = []
        self._cancel_at = cancel_at

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        self.calls.append((stage, fraction, step, steps, preview))
        if self._cancel_at and step == self._cancel_at:
            raise FillCancelled

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(call[0] for call in self.calls))


def filled(request: FillRequest, report: Report | None = None) -> list[FillCandidate]:
    return list(diffusers_auto.fill(request, report or Report()))


def direct(pipeline: Any, **arguments: Any) -> Array8:
    """What a plain script makes of them."""
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(11)
    return np.asarray(pipeline(**arguments, generator=generator).images[0])


def direct_fill(folder: Path, request: FillRequest, **arguments: Any) -> Array8:
    family = ENGINES[request.engine].id
    if family == "flux-fill":
        pipeline = diffusers.FluxFillPipeline.from_pretrained(folder)
    else:
        pipeline = diffusers.AutoPipelineForInpainting.from_pretrained(folder)
    return direct(pipeline, **scripted(request), **arguments)


def scripted(request: FillRequest) -> dict[str, Any]:
    """As the pipelines' own examples have it: white is repainted."""
    picture, mask = working_picture(request)
    return {
        "image": Image.fromarray(picture),
        "mask_image": Image.fromarray(np.uint8(mask * 255)),
        "prompt": request.prompt,
        "height": 64,
        "width": 64,
        "num_inference_steps": request.steps,
    }


def assert_same(candidate: FillCandidate, request: FillRequest, expected: Array8) -> None:
    inside = request.mask > 0
    assert np.array_equal(candidate.image[inside, :3], expected[inside])
    assert np.array_equal(candidate.image[~inside], request.image[~inside])
    assert expected[inside].std() > 0


USUAL: dict[str, dict[str, Any]] = {
    "sd-1-5": {"guidance_scale": 7.5, "strength": 1.0},
    "sd-2": {"guidance_scale": 7.5, "strength": 1.0},
    "sdxl": {"guidance_scale": 7.5, "strength": 0.99},
    "sd-3": {"guidance_scale": 7.0, "strength": 1.0},
    "flux-fill": {"guidance_scale": 30.0, "strength": 1.0},
    "z-image": {"guidance_scale": 0.0, "strength": 1.0},
    "qwen-image": {"true_cfg_scale": 4.0, "negative_prompt": " ", "strength": 1.0},
}
"""What each family's model card passes."""


@pytest.mark.parametrize("name", BUILDERS)
def test_a_fill_equals_the_pipelines_own(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    request = family_request(name)
    candidate = filled(request)[0]
    assert_same(candidate, request, direct_fill(checkpoint_folder(name), request, **USUAL[request.engine]))


@pytest.mark.parametrize("name", BUILDERS)
def test_strength_guidance_and_negative_prompt_reach_the_pipeline(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    plain = family_request(name)
    negative = "" if name == "flux-fill" else "a cat"
    request = replace(plain, strength=0.5, guidance=3.0, negative_prompt=negative, steps=8)
    arguments: dict[str, Any] = {"strength": 0.5}
    arguments["true_cfg_scale" if name == "qwen-image" else "guidance_scale"] = 3.0
    if negative:
        arguments["negative_prompt"] = negative
    expected = direct_fill(checkpoint_folder(name), request, **arguments)
    assert_same(filled(request)[0], request, expected)


@pytest.mark.parametrize("name", GENERATING)
def test_a_new_picture_equals_the_pipelines_own(
    name: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    request = family_request(name, generate=True)
    usual = {key: value for key, value in USUAL[request.engine].items() if key != "strength"}
    pipeline = diffusers.AutoPipelineForText2Image.from_pretrained(checkpoint_folder(name))
    expected = direct(pipeline, prompt="a hat", width=64, height=64, num_inference_steps=4, **usual)
    image = filled(request)[0].image
    assert np.array_equal(image[..., :3], expected)
    assert (image[..., 3] == 255).all()


@pytest.mark.parametrize("scheduler", ENGINES["sd-1-5"].schedulers)
def test_another_scheduler_takes_the_place_of_the_models_own(
    scheduler: str, family_request: MakeFill, checkpoint_folder: Folder
) -> None:
    request = family_request("sd-1-5", scheduler=scheduler, strength=0.75, steps=8)
    candidate = filled(request)[0]
    pipeline = diffusers.AutoPipelineForInpainting.from_pretrained(checkpoint_folder("sd-1-5"))
    kind, options = SCHEDULERS[scheduler]
    pipeline.scheduler = kind.from_config(pipeline.scheduler.config, **options)
    expected = direct(pipeline, **scripted(request), guidance_scale=7.5, strength=0.75)
    assert_same(candidate, request, expected)


@pytest.mark.parametrize("name", ["sd-1-5-inpaint", "sdxl", "flux-fill"])
def test_candidates_have_seeds_of_their_own_and_one_reading_of_the_prompt(
    name: str, family_request: MakeFill
) -> None:
    request = family_request(name, count=2)
    report = Report()
    both = filled(request, report)
    assert [candidate.seed for candidate in both] == [11, 12]
    assert not np.array_equal(both[0].image, both[1].image)
    alone = filled(replace(request, seed=12, count=1))
    assert np.array_equal(alone[0].image, both[1].image)
    assert sum(call[0] == "prompt" for call in report.calls) == 1
    fractions = [call[1] for call in report.calls]
    assert fractions == sorted(fractions) and fractions[-1] == 1
    assert report.stages == ["loading", "paint", "prompt", "decode"]
    assert {"seconds", "load_seconds", "step_seconds", "device", "model_hash"} <= both[0].facts.keys()


@pytest.mark.parametrize("name", ["sd-1-5", "qwen-image"])
def test_a_preview_comes_at_least_every_fourth_step(name: str, family_request: MakeFill) -> None:
    report = Report()
    filled(family_request(name, steps=9, guidance=1.0), report)
    steps = [call[2] for call in report.calls if call[4] is not None]
    assert {4, 8} <= set(steps)
    previews = [call[4] for call in report.calls if call[4] is not None]
    assert all(preview.shape == (8, 8, 3) and preview.dtype == np.uint8 for preview in previews)


@pytest.mark.parametrize("name", ["sd-1-5-inpaint", "flux-fill", "z-image"])
def test_after_a_cancel_in_the_middle_the_model_fills_as_before(name: str, family_request: MakeFill) -> None:
    request = family_request(name)
    before = filled(request)[0]
    report = Report(cancel_at=2)
    with pytest.raises(FillCancelled):
        filled(replace(request, prompt="a cat"), report)
    assert max(call[2] for call in report.calls) == 2
    assert np.array_equal(filled(request)[0].image, before.image)


def test_what_a_family_cannot_do_is_refused(family_request: MakeFill) -> None:
    for request, words in (
        (family_request("flux-fill", negative_prompt="a cat"), "no negative prompt"),
        (family_request("z-image", negative_prompt="a cat"), "guidance above 0"),
        (family_request("sd-1-5", negative_prompt="a cat", guidance=1.0), "guidance above 1"),
        (family_request("sd-3", scheduler="ddim"), "scheduler"),
        (family_request("sd-1-5", scheduler="heun"), "scheduler"),
        (family_request("sd-1-5", working_size=(68, 64)), "multiple of 8"),
        (family_request("sd-1-5", working_size=(0, 64)), "multiple of 8"),
        (family_request("sd-1-5", steps=0), "at least one step"),
        (family_request("sd-1-5", guidance=float("nan")), "no number"),
        (family_request("sd-1-5", mask=np.zeros((64, 64), np.uint8)), "Nothing is selected"),
        (family_request("sd-1-5-inpaint", generate=True), "only fills"),
        (family_request("sd-1-5", model=None), "No model is chosen"),
        (family_request("sd-1-5", model="gone"), "no model"),
        (family_request("sd-1-5", engine="sdxl"), "no model of Stable Diffusion XL"),
    ):
        with pytest.raises(FillError, match=words) as refused:
            filled(request)
        assert refused.value.kind == "input"


@pytest.mark.parametrize("name", BUILDERS)
def test_what_it_starts_from_shows_where_the_table_says_so(name: str, family_request: MakeFill) -> None:
    """Random weights paint no picture, but the same from the same."""

    def pictures(strength: float) -> list[Array8]:
        starts = ("surroundings", "neutral", "noise")
        asked = (family_request(name, strength=strength, start=start, steps=8) for start in starts)
        return [filled(request)[0].image for request in asked]

    for strength in (0.5, 1.0):
        one, two, three = pictures(strength)
        differ = not np.array_equal(one, two) and not np.array_equal(two, three)
        if strength < 1 or ENGINES[family_request(name).engine].start_at_full:
            assert differ
        elif "inpaint" in name or name == "flux-fill":
            assert np.array_equal(one, two) and np.array_equal(two, three)


def test_a_small_strength_still_runs_four_steps(family_request: MakeFill) -> None:
    report = Report()
    filled(family_request("sd-1-5", strength=0.01, steps=20, scheduler="ddim"), report)
    assert {call[3] for call in report.calls if call[2]} == {4}


def test_one_safetensors_file_fills_as_the_folder_it_was_made_from(
    family_request: MakeFill, checkpoint_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its configuration is that of the stored folder, for the blueprint's is not so small."""
    monkeypatch.setattr(loading, "write_blueprint", lambda _model, _folder: False)
    request = family_request("sd-1-5-inpaint")
    expected = filled(request)[0]
    pipeline = diffusers.StableDiffusionInpaintPipeline.from_pretrained(
        checkpoint_folder("sd-1-5-inpaint"), safety_checker=None, requires_safety_checker=False
    )
    file = write_single_file(pipeline, tmp_path / "one.safetensors")
    ModelStore().write(Model("one", "One", "sd-1-5", {"checkpoint": str(file)}, hash="1"))
    assert np.array_equal(filled(replace(request, model="one"))[0].image, expected.image)


@pytest.mark.parametrize("content", [b"", b"\x80\x02}q\x00."])
def test_a_damaged_file_is_told(content: bytes, family_request: MakeFill, tmp_path: Path) -> None:
    request = family_request("sd-1-5-inpaint")
    file = tmp_path / "one.safetensors"
    file.write_bytes(content)
    ModelStore().write(Model("one", "One", "sd-1-5", {"checkpoint": str(file)}, hash="1"))
    with pytest.raises(FillError, match="missing or damaged"):
        filled(replace(request, model="one"))


def test_a_pickle_is_refused(family_request: MakeFill, tmp_path: Path) -> None:
    request = family_request("sd-1-5-inpaint", model="one")
    file = tmp_path / "one.ckpt"
    file.write_bytes(b"\x80\x02}q\x00.")
    ModelStore().write(Model("one", "One", "sd-1-5", {"checkpoint": str(file)}))
    with pytest.raises(FillError, match="not a safetensors file"):
        filled(request)


def test_a_folder_with_pickled_weights_is_refused(
    family_request: MakeFill,
    checkpoint_folder: Folder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = family_request("sd-1-5-inpaint", model="one")
    folder = shutil.copytree(checkpoint_folder("sd-1-5-inpaint"), tmp_path / "copy")
    torch.save({}, folder / "unet" / "diffusion_pytorch_model.bin")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    ModelStore().write(Model("one", "One", "sd-1-5", {"pipeline": str(folder)}))
    with pytest.raises(FillError, match="missing or damaged"):
        filled(request)
    assert "no file named diffusion_pytorch_model.safetensors" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    "change",
    [
        {"unet": ["my_unet", "MyUNet"]},
        {"_class_name": ["my_pipeline", "MyPipeline"]},
        {"_class_name": "SomebodysPipeline"},
    ],
)
def test_a_folder_that_brings_code_is_refused(
    change: dict[str, Any], family_request: MakeFill, checkpoint_folder: Folder, tmp_path: Path
) -> None:
    """Even where it was harmless when it was added."""
    request = family_request("sd-1-5-inpaint", model="one")
    folder = shutil.copytree(checkpoint_folder("sd-1-5-inpaint"), tmp_path / "copy")
    index = folder / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), **change}))
    for name in ("my_pipeline.py", "unet/my_unet.py"):
        (folder / name).write_text("raise SystemExit('this was run')")
    ModelStore().write(Model("one", "One", "sd-1-5", {"pipeline": str(folder)}))
    with pytest.raises(FillError) as refused:
        filled(request)
    assert refused.value.kind == "input"


def test_a_single_file_alone_says_what_it_needs(family_request: MakeFill, tmp_path: Path) -> None:
    request = family_request("sd-3", model="one", engine="qwen-image")
    file = tmp_path / "one.safetensors"
    file.write_bytes(b"")
    ModelStore().write(Model("one", "One", "qwen-image", {"checkpoint": str(file)}))
    with pytest.raises(FillError, match=r"model_index\.json"):
        filled(request)


def test_the_classes_are_those_that_diffusers_chooses() -> None:
    """All but FLUX Fill's, which it does not know."""
    rows = {info.id for info in FAMILIES if info.module == "inference.engines.diffusers_auto"}
    assert rows == CLASSES.keys()
    for name, family in PIPELINES.items():
        if family in ("flux-fill", "sd-1-5", "sdxl", "sd-3", "z-image", "qwen-image"):
            chosen = _get_task_class(AUTO_INPAINT_PIPELINES_MAPPING, name, throw_error_if_not_exist=False)
            expected = None if family == "flux-fill" else getattr(diffusers, CLASSES[family])
            assert chosen is expected


@pytest.mark.host
def test_a_fill_through_the_host_is_the_same(family_request: MakeFill) -> None:
    request = family_request("sd-1-5-inpaint", count=2)
    here = filled(request)
    events = list(run_fill(request))
    there = [event for event in events if isinstance(event, FillCandidate)]
    for one, other in zip(here, there, strict=True):
        assert np.array_equal(one.image, other.image)
        assert one.seed == other.seed


def test_what_is_larger_than_it_works_at_is_refined(
    family_request: MakeFill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The family is told that it works at 64 pixels."""
    base = family_request("sd-1-5-inpaint", steps=8)
    info = dataclasses.replace(ENGINES[base.engine], native=64, smallest=64, largest=64)
    monkeypatch.setitem(ENGINES, base.engine, info)
    image = cv2.resize(base.image, (160, 160), interpolation=cv2.INTER_LINEAR)
    mask = cv2.resize(base.mask, (160, 160), interpolation=cv2.INTER_NEAREST)
    asked = replace(base, image=image, mask=mask)
    assert len(parts_of(asked)) > 1

    def refined(choice: RefineChoice) -> FillCandidate:
        (candidate,) = fill_and_refine(diffusers_auto.fill, replace(asked, refine=choice), unheard)
        return candidate

    rough, fine = refined("off"), refined("auto")
    kept = mask == 0
    assert np.array_equal(fine.image[kept], image[kept])
    assert fine.facts["refined"] == len(parts_of(asked)) and "refined" not in rough.facts
    assert (fine.image[~kept] != rough.image[~kept]).any()
    assert np.array_equal(fine.image, refined("auto").image)
