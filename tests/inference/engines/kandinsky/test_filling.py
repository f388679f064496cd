"""The Kandinsky engine: the same as the pipelines called by hand, whatever else it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DDIMScheduler,
    KandinskyV22InpaintPipeline,
    KandinskyV22Pipeline,
    KandinskyV22PriorPipeline,
    UNet2DConditionModel,
)
from PIL import Image
from transformers import CLIPVisionModelWithProjection

from inference.engines.diffusion.pictures import working_picture
from inference.engines.engine import ENGINES
from inference.engines.families import KANDINSKY
from inference.engines.kandinsky import fill
from inference.engines.kandinsky.embeddings import PRIOR_SEED, ZERO_EMBEDDING
from inference.models.model import Model
from inference.models.store import ModelStore
from inference.refine import fill_and_refine, parts_of
from inference.request import Array8, FillCancelled, FillCandidate, FillError, FillRequest, Reference

# diffusers' DPM++ hands torch's tensors to NumPy in a way that NumPy 2 frowns upon.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")

MakeFill = Callable[..., FillRequest]
Report = tuple[str, float, int, int, Array8 | None]


class Reports:
    """A reporter that keeps what it is told, and cancels at the given moment."""

    def __init__(self, cancel: tuple[str, int] | None = None) -> None:
        self.all: list[Report] = []
        self._cancel = cancel

    def __call__(
        self, stage: str, fraction: float, step: int = 0, steps: int = 0, preview: Array8 | None = None
    ) -> None:
        self.all.append((stage, fraction, step, steps, preview))
        if (stage, step) == self._cancel:
            raise FillCancelled

    def of(self, stage: str) -> list[Report]:
        return [each for each in self.all if each[0] == stage]


def run(request: FillRequest, reports: Reports | None = None) -> list[FillCandidate]:
    return list(fill(request, reports or Reports()))


def prior_of(parts: dict[str, str]) -> Any:
    return _quiet(KandinskyV22PriorPipeline.from_pretrained(parts["prior"], local_files_only=True))


def embedded(parts: dict[str, str], request: FillRequest) -> tuple[torch.Tensor, torch.Tensor]:
    """What the prior pipeline, called by hand, makes of a request without references."""
    return prior_of(parts)(
        request.prompt,
        negative_prompt=request.negative_prompt or None,
        num_inference_steps=request.prior_steps,
        guidance_scale=4.0 if request.prior_guidance is None else request.prior_guidance,
        generator=torch.Generator("cpu").manual_seed(PRIOR_SEED),
        return_dict=False,
    )


def painted(
    parts: dict[str, str],
    request: FillRequest,
    embeddings: tuple[torch.Tensor, torch.Tensor] | None = None,
    scheduler: Any = None,
) -> Array8:
    """What the pipelines, called by hand, make of a request: the decoder's picture, nothing composited."""
    positive, negative = embeddings or embedded(parts, request)
    arguments: dict[str, Any] = {
        "image_embeds": positive,
        "negative_image_embeds": negative,
        "width": request.working_size[0],
        "height": request.working_size[1],
        "num_inference_steps": request.steps,
        "guidance_scale": 4.0 if request.guidance is None else request.guidance,
        "generator": torch.Generator("cpu").manual_seed(request.seed),
    }
    if request.generate:
        pipeline = _quiet(KandinskyV22Pipeline.from_pretrained(parts["generate"], local_files_only=True))
    else:
        pipeline = _quiet(
            KandinskyV22InpaintPipeline.from_pretrained(parts["inpaint"], local_files_only=True)
        )
        rgb, mask = working_picture(request)
        arguments.update(image=Image.fromarray(rgb), mask_image=mask)
    if scheduler:
        config = {name: value for name, value in pipeline.scheduler.config.items() if name != "variance_type"}
        pipeline.scheduler = scheduler.from_config(config)
    return np.asarray(pipeline(**arguments).images[0])


def composited(request: FillRequest, rgb: Array8) -> Array8:
    """At equal sizes: the painted pixels where the mask is not 0."""
    expected = request.image.copy()
    where = np.ones(request.mask.shape, bool) if request.generate else request.mask > 0
    expected[where, :3] = rgb[where]
    expected[where, 3] = 255
    return expected


def _quiet(pipeline: Any) -> Any:
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


# ── exactness ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"negative_prompt": "a cat"},
        {"guidance": 1.0},
        {"guidance": 7.5, "prior_guidance": 1.0, "prior_steps": 5},
        {"prompt": ""},
        {"seed": 12, "steps": 7},
    ],
    ids=str,
)
def test_a_fill_equals_the_pipelines_called_by_hand(
    make_fill: MakeFill, parts: dict[str, str], fields: dict[str, Any]
) -> None:
    request = make_fill(**fields)
    [candidate] = run(request)
    assert np.array_equal(candidate.image, composited(request, painted(parts, request)))
    assert (candidate.request_id, candidate.index, candidate.seed) == ("one", 0, request.seed)


def test_the_model_cards_example_means_the_same_here(
    make_fill: MakeFill, parts: dict[str, str], model: Model
) -> None:
    """An opaque picture, a float mask, "a hat": at the working size it is the picture that the model is shown."""
    mask = np.zeros((128, 128), np.float32)
    mask[:40, 40:-40] = 1
    request = make_fill(mask=(mask * 255).astype(np.uint8), steps=None, prior_steps=None)
    shown, model_mask = working_picture(request)
    assert np.array_equal(shown[mask == 0], request.image[mask == 0, :3])
    assert np.array_equal(model_mask, mask)
    pipeline = _quiet(KandinskyV22InpaintPipeline.from_pretrained(parts["inpaint"], local_files_only=True))
    prior = prior_of(parts)
    positive, negative = prior(
        "a hat", generator=torch.Generator("cpu").manual_seed(PRIOR_SEED), return_dict=False
    )
    by_hand = pipeline(
        image=Image.fromarray(shown),
        mask_image=mask,
        image_embeds=positive,
        negative_image_embeds=negative,
        height=128,
        width=128,
        num_inference_steps=KANDINSKY.steps,
        generator=torch.Generator("cpu").manual_seed(request.seed),
    ).images[0]
    [candidate] = run(request)
    assert np.array_equal(candidate.image, composited(request, np.asarray(by_hand)))


def test_white_is_repainted_and_black_is_kept(make_fill: MakeFill, parts: dict[str, str]) -> None:
    """The decoder's own picture, before anything is composited, follows the original where the mask is black."""
    autoencoded = KandinskyV22InpaintPipeline.from_pretrained(parts["inpaint"], local_files_only=True).movq
    request = make_fill()
    rgb = painted(parts, request).astype(float)
    shown, mask = working_picture(request)
    with torch.no_grad():
        values = torch.from_numpy(shown.transpose(2, 0, 1)[None]).float() / 127.5 - 1
        through = autoencoded.decode(autoencoded.encode(values)["latents"], force_not_quantize=True)["sample"]
    kept = (through[0].permute(1, 2, 0).numpy() * 0.5 + 0.5).clip(0, 1) * 255
    difference = np.abs(rgb - kept).mean(axis=-1)
    assert difference[mask == 1].mean() > 2 * difference[mask == 0].mean()
    [candidate] = run(request)
    assert np.array_equal(candidate.image[mask == 0], request.image[mask == 0])
    assert (candidate.image[mask == 1] != request.image[mask == 1]).any(axis=-1).mean() > 0.9


def test_positive_and_negative_are_not_exchanged(make_fill: MakeFill, parts: dict[str, str]) -> None:
    request = make_fill(negative_prompt="a cat")
    positive, negative = embedded(parts, request)
    [candidate] = run(request)
    right = composited(request, painted(parts, request, (positive, negative)))
    wrong = composited(request, painted(parts, request, (negative, positive)))
    assert not np.array_equal(right, wrong)
    assert np.array_equal(candidate.image, right)


def test_a_picture_is_made_from_words_alone(make_fill: MakeFill, parts: dict[str, str]) -> None:
    nothing = np.zeros((64, 128, 4), np.uint8)
    request = make_fill(generate=True, image=nothing, mask=nothing[..., 0], working_size=(128, 64))
    [candidate] = run(request)
    assert np.array_equal(candidate.image, composited(request, painted(parts, request)))
    assert (candidate.image[..., 3] == 255).all()


@pytest.mark.parametrize("scheduler", KANDINSKY.schedulers)
def test_every_scheduler_runs(make_fill: MakeFill, parts: dict[str, str], scheduler: str) -> None:
    own, other = run(make_fill()), run(make_fill(scheduler=scheduler))
    assert not np.array_equal(own[0].image, other[0].image)
    [again] = run(make_fill())  # the model's own is back
    assert np.array_equal(own[0].image, again.image)


def test_a_scheduler_is_the_decoders(make_fill: MakeFill, parts: dict[str, str]) -> None:
    request = make_fill(scheduler="ddim")
    [candidate] = run(request)
    assert np.array_equal(
        candidate.image, composited(request, painted(parts, request, scheduler=DDIMScheduler))
    )


def test_a_larger_picture_is_painted_at_the_working_size(make_fill: MakeFill) -> None:
    image = np.repeat(np.repeat(make_fill().image, 2, axis=0), 3, axis=1)
    mask = np.repeat(np.repeat(make_fill().mask, 2, axis=0), 3, axis=1)
    request = make_fill(image=image, mask=mask, working_size=(192, 128))
    [candidate] = run(request)
    assert candidate.image.shape == image.shape
    assert np.array_equal(candidate.image[mask == 0], image[mask == 0])


def test_a_much_larger_one_is_gone_over_in_parts(
    make_fill: MakeFill, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In 16 bits, and told that it works at 64 pixels; the words are read once."""
    monkeypatch.setitem(ENGINES, KANDINSKY.id, replace(KANDINSKY, native=64, smallest=64, largest=64))
    image = np.random.default_rng(3).integers(0, 65536, (128, 128, 4), np.uint16)
    request = make_fill(image=image, working_size=(64, 64), steps=5)
    reports = Reports()
    [candidate] = fill_and_refine(fill, request, reports)
    kept = request.mask == 0
    assert candidate.image.dtype == np.uint16 and candidate.facts["refined"] == len(parts_of(request)) > 1
    assert np.array_equal(candidate.image[kept], image[kept])
    assert (candidate.image[~kept, 3] == 65535).all()
    [rough] = fill_and_refine(fill, replace(request, refine="off"), Reports())
    assert (candidate.image[~kept] != rough.image[~kept]).any()
    [again] = fill_and_refine(fill, request, Reports())
    assert np.array_equal(again.image, candidate.image)
    assert {each[2] for each in reports.of("refine")} == {*range(1, len(parts_of(request)) + 1)}
    assert len(reports.of("prompt")) <= request.prior_steps


@pytest.mark.parametrize("strength", [0.6, 1.0])
def test_what_it_starts_from_shows(make_fill: MakeFill, strength: float) -> None:
    starts = ("surroundings", "content-aware", "neutral", "noise", "border", "picture")
    seen = [run(make_fill(start=start, strength=strength, steps=8))[0].image.tobytes() for start in starts]
    assert len(set(seen)) == len(starts)


# ── candidates, progress, what is kept ───────────────────────────────────────────────────────────────────────────────


def test_another_candidate_runs_the_decoder_alone(make_fill: MakeFill, parts: dict[str, str]) -> None:
    reports = Reports()
    first, second = run(make_fill(count=2), reports)
    assert [each[2] for each in reports.of("prompt")] == [1, 2, 3]
    assert (first.seed, second.seed) == (11, 12)
    assert not np.array_equal(first.image, second.image)
    later = Reports()
    [same] = run(make_fill(seed=12), later)
    assert not later.of("prompt")
    assert np.array_equal(same.image, second.image)
    other = Reports()
    run(make_fill(prompt="a cap"), other)
    assert len(other.of("prompt")) == 3


def test_progress_rises_through_its_stages(make_fill: MakeFill) -> None:
    reports = Reports()
    run(make_fill(count=2), reports)
    stages = [each[0] for each in reports.all]
    assert list(dict.fromkeys(stages)) == ["loading", "prompt", "paint", "decode"]
    fractions = [each[1] for each in reports.all]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0 and fractions[-1] == pytest.approx(1)
    assert [each[2] for each in reports.of("paint")] == [0, 1, 2, 3, 4, 5] * 2
    assert {each[3] for each in reports.of("paint") if each[2]} == {5}


def test_a_preview_comes_at_least_every_fourth_step(make_fill: MakeFill) -> None:
    reports = Reports()
    run(make_fill(steps=13), reports)
    shown = [each[2] for each in reports.of("paint") if each[4] is not None]
    assert {4, 8, 12} <= set(shown)
    for each in reports.all:
        assert each[4] is None or (each[4].shape, each[4].dtype) == ((16, 16, 3), np.uint8)


def test_facts_tell_of_times_and_place(make_fill: MakeFill, model: Model) -> None:
    first, second = run(make_fill(count=2))
    for candidate in (first, second):
        assert candidate.facts["device"] == "cpu"
        assert candidate.facts["device_name"]
        assert candidate.facts["model_hash"] == model.hash
        assert 0 < candidate.facts["step_seconds"] < candidate.facts["seconds"]
    assert first.facts["load_seconds"] > 0
    assert second.facts["load_seconds"] == 0


def test_text_alone_needs_the_image_encoder_once(
    make_fill: MakeFill, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first] = run(make_fill())
    assert (ModelStore().folder_of(model) / ZERO_EMBEDDING).is_file()
    _forget_everything()
    monkeypatch.setattr(CLIPVisionModelWithProjection, "from_pretrained", _not_to_be_called)
    [second] = run(make_fill())
    assert np.array_equal(first.image, second.image)


def test_a_damaged_or_foreign_zero_embedding_is_made_anew(make_fill: MakeFill, model: Model) -> None:
    [first] = run(make_fill())
    kept = ModelStore().folder_of(model) / ZERO_EMBEDDING
    whole = kept.read_bytes()
    for damage in (whole[:40], b"", whole.replace(model.hash.encode(), b"9999")):
        kept.write_bytes(damage)
        _forget_everything()
        [again] = run(make_fill())
        assert np.array_equal(first.image, again.image)
        assert kept.read_bytes() == whole


def test_without_an_image_encoder_words_do_and_pictures_do_not(
    make_fill: MakeFill, model: Model, parts: dict[str, str], tmp_path: Path
) -> None:
    """What was never downloaded cannot tell the zero image's embedding: an empty negative prompt takes its place."""
    bare = tmp_path / "prior"
    bare.mkdir()
    for each in Path(parts["prior"]).iterdir():
        if each.name != "image_encoder":
            (bare / each.name).symlink_to(each)
    ModelStore().write(replace(model, parts={**parts, "prior": str(bare)}))
    for negative in ("", "a cat"):
        picture = Reference(np.zeros((8, 8, 3), np.uint8))
        with pytest.raises(FillError, match="no image encoder") as caught:
            run(make_fill(references=(picture,), negative_prompt=negative))
        assert caught.value.kind == "input"
    absent = {"image_encoder": None, "image_processor": None}
    prior = _quiet(KandinskyV22PriorPipeline.from_pretrained(str(bare), **absent))
    request = make_fill()
    made = prior(
        request.prompt,
        negative_prompt="",
        num_inference_steps=request.prior_steps,
        guidance_scale=4.0,
        generator=torch.Generator("cpu").manual_seed(PRIOR_SEED),
        return_dict=False,
    )
    [candidate] = run(request)
    assert np.array_equal(candidate.image, composited(request, painted(parts, request, made)))
    assert not (ModelStore().folder_of(model) / ZERO_EMBEDDING).exists()


# ── references ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("prompt", "negative"), [("a hat", ""), ("a hat", "a cat"), ("", "a cat"), ("", "")])
def test_references_are_the_priors_interpolation(
    make_fill: MakeFill, parts: dict[str, str], prompt: str, negative: str
) -> None:
    rng = np.random.default_rng(5)
    pictures = [rng.integers(0, 256, (40 + 8 * i, 56, 3), dtype=np.uint8) for i in range(2)]
    request = make_fill(
        prompt=prompt,
        negative_prompt=negative,
        references=(Reference(pictures[0], 0.5), Reference(pictures[1], 1.5)),
    )
    conditions: list[Any] = [Image.fromarray(each) for each in pictures]
    weights = [0.5, 1.5]
    if prompt:
        conditions, weights = [prompt, *conditions], [1.0, *weights]
    by_hand = prior_of(parts).interpolate(
        conditions,
        [weight / sum(weights) for weight in weights],
        num_inference_steps=request.prior_steps,
        negative_prompt=negative,
        generator=torch.Generator("cpu").manual_seed(PRIOR_SEED),
    )
    embeddings = (by_hand.image_embeds, by_hand.negative_image_embeds)
    [candidate] = run(request)
    assert np.array_equal(candidate.image, composited(request, painted(parts, request, embeddings)))
    [without] = run(replace(request, references=()))
    assert not np.array_equal(candidate.image, without.image)


def test_another_weight_needs_no_image_encoder(make_fill: MakeFill, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(5).integers(0, 256, (40, 56, 3), dtype=np.uint8)
    [light] = run(make_fill(references=(Reference(image, 0.5),)))
    monkeypatch.setattr(CLIPVisionModelWithProjection, "from_pretrained", _not_to_be_called)
    [heavy] = run(make_fill(references=(Reference(image, 2.0),)))
    assert not np.array_equal(light.image, heavy.image)


# ── strength and soft masks ──────────────────────────────────────────────────────────────────────────────────────────


def _change(parts: dict[str, str], request: FillRequest) -> np.ndarray:
    """How far the fill is from the picture after its way through the autoencoder."""
    movq = KandinskyV22InpaintPipeline.from_pretrained(parts["inpaint"], local_files_only=True).movq
    with torch.no_grad():
        values = torch.from_numpy(request.image[..., :3].transpose(2, 0, 1)[None]).float() / 127.5 - 1
        through = movq.decode(movq.encode(values)["latents"], force_not_quantize=True)["sample"]
    kept = (through[0].permute(1, 2, 0).numpy() * 0.5 + 0.5).clip(0, 1) * 255
    [candidate] = run(request)
    return np.abs(candidate.image[..., :3] - kept).mean(axis=-1)


@pytest.mark.parametrize("scheduler", [None, *KANDINSKY.schedulers])
def test_less_strength_changes_less(
    make_fill: MakeFill, parts: dict[str, str], scheduler: str | None
) -> None:
    inside = make_fill().mask > 0
    changes = [
        _change(parts, make_fill(steps=20, strength=strength, scheduler=scheduler))[inside].mean()
        for strength in (0.05, 0.5, 1.0)
    ]
    assert changes[0] < changes[1] < changes[2]
    assert changes[0] < changes[2] / 2


@pytest.mark.parametrize(("steps", "strength", "running"), [(20, 0.5, 10), (20, 0.01, 4), (3, 0.1, 3)])
def test_only_the_steps_of_the_strength_run(
    make_fill: MakeFill, monkeypatch: pytest.MonkeyPatch, steps: int, strength: float, running: int
) -> None:
    calls = []
    forward = UNet2DConditionModel.forward

    def counted(self: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(1)
        return forward(self, *arguments, **named)

    monkeypatch.setattr(UNet2DConditionModel, "forward", counted)
    reports = Reports()
    run(make_fill(steps=steps, strength=strength), reports)
    assert len(calls) == running
    assert reports.of("paint")[-1][2:4] == (running, running)


def test_a_grey_mask_changes_less_where_it_is_darker(make_fill: MakeFill, parts: dict[str, str]) -> None:
    mask = np.zeros((128, 128), np.uint8)
    mask[16:112, 16:48], mask[16:112, 48:80], mask[16:112, 80:112] = 255, 128, 20
    change = _change(parts, make_fill(mask=mask, steps=20, image=make_fill().image))
    bands = [change[24:104, left : left + 16].mean() for left in (24, 56, 88)]
    assert bands[0] > bands[1] > bands[2]


def test_grey_all_over_is_less_strength(make_fill: MakeFill) -> None:
    grey = (make_fill().mask > 0).astype(np.uint8) * 102
    [soft] = run(make_fill(mask=grey, steps=10))
    [weak] = run(make_fill(strength=0.4, steps=10))
    assert np.array_equal(soft.image, weak.image)


# ── cancelling ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", [("prompt", 2), ("paint", 3), ("decode", 0)])
@pytest.mark.parametrize("strength", [1.0, 0.8])
def test_a_cancel_stops_at_once_and_leaves_the_model_usable(
    make_fill: MakeFill, moment: tuple[str, int], strength: float
) -> None:
    reports = Reports(cancel=moment)
    with pytest.raises(FillCancelled):
        run(make_fill(strength=strength), reports)
    assert reports.all[-1][0] == moment[0]
    [after] = run(make_fill(strength=strength))
    _forget_everything()
    [fresh] = run(make_fill(strength=strength))
    assert np.array_equal(after.image, fresh.image)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"model": None}, "No model is chosen"),
        ({"model": "nowhere"}, "no model “nowhere”"),
        ({"scheduler": "heun"}, "scheduler “heun”"),
        ({"steps": 0}, "at least one step"),
        ({"steps": 2000}, "does not take 2000 steps"),
        ({"steps": 60, "scheduler": "lcm"}, "does not take 60 steps"),
        ({"prior_steps": 1}, "at least two steps"),
        ({"guidance": float("nan")}, "guidance"),
        ({"mask": np.zeros((128, 128), np.uint8)}, "Nothing is selected"),
        ({"working_size": (100, 128)}, "multiple of 64"),
        ({"prompt": "", "references": (Reference(np.zeros((8, 8, 3), np.uint8), 0.0),)}, "weights"),
        ({"device": "cuda:7"}, "no device “cuda:7”"),
    ],
    ids=str,
)
def test_what_cannot_be_filled_is_refused(make_fill: MakeFill, fields: dict[str, Any], says: str) -> None:
    with pytest.raises(FillError, match=says) as caught:
        run(make_fill(**fields))
    assert caught.value.kind == "input"


def test_a_model_of_another_family_is_refused(make_fill: MakeFill, model: Model) -> None:
    ModelStore().write(replace(model, family="sdxl"))
    with pytest.raises(FillError, match="no model of Kandinsky"):
        run(make_fill())


def test_without_its_decoder_no_picture_is_made(make_fill: MakeFill, model: Model) -> None:
    ModelStore().write(replace(model, parts={k: v for k, v in model.parts.items() if k != "generate"}))
    with pytest.raises(FillError, match="lacks the part"):
        run(make_fill(generate=True))


def test_a_damaged_checkpoint_is_told(
    make_fill: MakeFill, model: Model, parts: dict[str, str], tmp_path: Path
) -> None:
    broken = tmp_path / "inpaint"
    for source in Path(parts["inpaint"]).rglob("*"):
        target = broken / source.relative_to(parts["inpaint"])
        if source.is_dir():
            target.mkdir(parents=True)
        elif source.suffix == ".safetensors":
            target.write_bytes(source.read_bytes()[:1000])
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    ModelStore().write(replace(model, parts={**parts, "inpaint": str(broken)}))
    with pytest.raises(FillError, match="missing or damaged") as caught:
        run(make_fill())
    assert caught.value.kind == "engine"
    ModelStore().write(model)
    assert len(run(make_fill())) == 1


def _forget_everything() -> None:
    from inference.engines.diffusion.holder import let_go
    from inference.engines.kandinsky.embeddings import forget

    let_go()
    forget()


def _not_to_be_called(*_arguments: Any, **_named: Any) -> None:
    raise AssertionError("the image encoder was loaded")
