"""The model card's own example, through the command line and the engine host: the picture that the pipelines give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import KandinskyV22InpaintPipeline, KandinskyV22PriorPipeline
from PIL import Image

from inference.engines.diffusion.pictures import working_picture
from inference.engines.families import KANDINSKY
from inference.engines.kandinsky.embeddings import PRIOR_SEED
from inference.mask import model_mask
from inference.models.model import Model
from inference.request import Array8, FillRequest
from main import main

SIDE = 768
STEPS = 2


def photo() -> Array8:
    """In the cat's place: RGB, smooth and with a grain."""
    y, x = np.mgrid[:SIDE, :SIDE]
    smooth = np.stack(
        [90 + 60 * np.sin(x / 50), 80 + 50 * np.sin(y / 70), 60 + 40 * np.sin((x + y) / 90)], -1
    )
    noise = np.random.default_rng(1).normal(0, 4, smooth.shape)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8)


def by_hand(parts: dict[str, str], image: Array8, mask: Array8) -> Array8:
    """The card's lines, with prior and decoder called one after the other, for what the engine is shown."""
    prior = KandinskyV22PriorPipeline.from_pretrained(parts["prior"])
    decoder = KandinskyV22InpaintPipeline.from_pretrained(parts["inpaint"])
    for pipeline in (prior, decoder):
        pipeline.set_progress_bar_config(disable=True)
    positive, negative = prior(
        "a hat",
        num_inference_steps=STEPS,
        guidance_scale=KANDINSKY.prior_guidance,
        generator=torch.Generator().manual_seed(PRIOR_SEED),
        return_dict=False,
    )
    rgba = np.dstack([image, np.full(mask.shape, 255, np.uint8)])
    shown, floats = working_picture(
        FillRequest("card", KANDINSKY.id, rgba, mask, (SIDE, SIDE), prompt="a hat")
    )
    assert np.array_equal(shown[mask == 0], image[mask == 0])
    assert np.array_equal(floats, mask / np.float32(255))
    painted = decoder(
        image=Image.fromarray(shown),
        mask_image=floats,
        image_embeds=positive,
        negative_image_embeds=negative,
        height=SIDE,
        width=SIDE,
        num_inference_steps=STEPS,
        guidance_scale=KANDINSKY.guidance,
        generator=torch.Generator().manual_seed(0),
    ).images[0]
    return np.asarray(painted)


@pytest.mark.host
@pytest.mark.slow
def test_a_hat(model: Model, parts: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # the host sums in the same order as this process
    image = photo()
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:250, 250:-250] = 1
    Image.fromarray(image).save(tmp_path / "cat.png")
    Image.fromarray((mask * 255).astype(np.uint8)).save(tmp_path / "mask.png")
    words = ["fill", "cat.png", "--mask", "mask.png", "-o", "hat.png", "--prompt", "a hat", "--seed", "0"]
    words += ["--model", model.name, "--steps", str(STEPS), "--prior-steps", str(STEPS)]
    monkeypatch.chdir(tmp_path)
    words += ["--colour-match", "0", "--blend", "0", "--grain", "0"]  # as the model painted it
    assert main([*words, "--feather", "0", "--device", "cpu"]) == 0
    with Image.open("hat.png") as saved:
        hat = np.asarray(saved.convert("RGB"))
    shown = model_mask((mask * 255).astype(np.uint8), KANDINSKY.grow)
    repainted = model_mask(shown, KANDINSKY.grow)
    expected = np.where(shown[..., None] > 0, by_hand(parts, image, repainted), image)
    assert (hat[mask == 1] != image[mask == 1]).any()
    assert np.array_equal(hat, expected)
