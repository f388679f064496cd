"""The mask in latents: the pipeline's own loop, only faster."""

from __future__ import annotations

import time

import pytest
import torch
from diffusers.pipelines.kandinsky2_2 import pipeline_kandinsky2_2_inpainting as pipeline_module
from hypothesis import given
from hypothesis import strategies as st

from inference.engines.kandinsky.latent_mask import prepare_mask, quick_masks

own = pipeline_module.prepare_mask


@given(
    shape=st.tuples(*(st.integers(1, top) for top in (2, 3, 9, 9))),
    share=st.floats(0, 1),
    seed=st.integers(0, 1000),
    grey=st.booleans(),
)
def test_it_equals_the_pipelines_own(shape: tuple[int, ...], share: float, seed: int, grey: bool) -> None:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(shape, generator=generator)
    masks = torch.where(values < share, 1.0, values if grey else 0.0)
    assert torch.equal(prepare_mask(masks), own(masks.clone()))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_it_keeps_the_precision(dtype: torch.dtype) -> None:
    masks = (torch.rand(1, 1, 16, 16) > 0.3).to(dtype)
    quick, slow = prepare_mask(masks), own(masks.clone())
    assert quick.dtype == dtype
    assert torch.equal(quick, slow)


def test_it_is_at_least_twenty_times_faster_at_1024_pixels() -> None:
    """Both on the same machine at the same time; some hundred times here."""
    masks = (torch.rand(1, 1, 128, 128, generator=torch.Generator().manual_seed(1)) > 0.2).float()
    began = time.perf_counter()
    own(masks.clone())
    slow = time.perf_counter() - began
    quick = []
    for _ in range(5):
        began = time.perf_counter()
        prepare_mask(masks)
        quick.append(time.perf_counter() - began)
    assert 20 * min(quick) < slow


def test_the_pipeline_is_as_it_was_afterwards() -> None:
    with quick_masks():
        assert pipeline_module.prepare_mask is prepare_mask
    assert pipeline_module.prepare_mask is own
    with pytest.raises(KeyError), quick_masks():
        raise KeyError
    assert pipeline_module.prepare_mask is own
