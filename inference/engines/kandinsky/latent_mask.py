"""The pipeline's preparation of a mask in latents, without its loop over pixels in Python."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from diffusers.pipelines.kandinsky2_2 import pipeline_kandinsky2_2_inpainting


def prepare_mask(masks: torch.Tensor) -> torch.Tensor:
    """(n, channels, h, w), 1 = keep: the same as the pipeline's ``prepare_mask``, in six shifted comparisons.

    Each cell whose first channel is not 1 clears, in all channels, its neighbours above, left, above left, below,
    right and below right. The other two diagonals stay: the pipeline's lopsidedness is what the model was run with.
    """
    hole = masks[:, :1] != 1
    cleared = torch.zeros_like(hole)
    cleared[..., :-1, :] |= hole[..., 1:, :]
    cleared[..., :, :-1] |= hole[..., :, 1:]
    cleared[..., :-1, :-1] |= hole[..., 1:, 1:]
    cleared[..., 1:, :] |= hole[..., :-1, :]
    cleared[..., :, 1:] |= hole[..., :, :-1]
    cleared[..., 1:, 1:] |= hole[..., :-1, :-1]
    return masks.masked_fill(cleared, 0)


@contextmanager
def quick_masks() -> Iterator[None]:
    """Within it, the inpainting pipeline prepares its masks so."""
    with mock.patch.object(pipeline_kandinsky2_2_inpainting, "prepare_mask", prepare_mask):
        yield
