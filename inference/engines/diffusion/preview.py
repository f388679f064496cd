"""Preview: shows the latents of a running step as a small picture, by a linear map fitted to the autoencoder."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from inference.request import Array8

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
Encode = Callable[[torch.Tensor], torch.Tensor]
"""(1, 3, h, w) float32 in -1–1, on the processor, to latents (1, channels, h / factor, w / factor), anywhere, scaled
as they are in the steps."""

_SIDE = 256
_PICTURES = 4


class Preview:
    """A matrix of (channels + 1, 3): colours as a weighted sum of the latents and a constant."""

    def __init__(self, matrix: Floats) -> None:
        self._matrix = matrix

    def __call__(self, latents: torch.Tensor) -> Array8:
        """(h, w, 3) uint8 RGB of the first of (n, channels, h, w), or of (channels, h, w)."""
        first = latents if latents.ndim == 3 else latents[0]
        return self._picture(first.detach().float().cpu().numpy())

    def _picture(self, latents: Floats) -> Array8:
        finite = np.nan_to_num(latents, nan=0.0, posinf=0.0, neginf=0.0)
        colours = _with_constant(finite) @ self._matrix
        picture: Array8 = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
        return picture.reshape(*latents.shape[1:], 3)


def load_or_fit(path: Path, encode: Encode) -> Preview:
    """The map kept at ``path``, or a new one, kept there if that is possible. Fitting takes four small encodings."""
    try:
        matrix = np.load(path, allow_pickle=False)
        if matrix.ndim == 2 and matrix.shape[1] == 3 and matrix.dtype == np.float32:
            return Preview(matrix)
        log.info("%s holds no preview map and is made anew", path)
    except (OSError, ValueError, EOFError):
        pass  # not there yet, or cut short
    matrix = fit(encode)
    temporary = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            np.save(stream, matrix)
        os.replace(temporary, path)
    except OSError as error:
        log.info("the preview map could not be kept (%s)", error)
    return Preview(matrix)


@torch.no_grad()
def fit(encode: Encode) -> Floats:
    """(channels + 1, 3) float32: least squares from latents to the colours of the pictures, reduced to their size."""
    rows, colours = [], []
    for picture in _pictures():
        values = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1)
        latents = encode(values)[0].float().cpu().numpy()
        small = cv2.resize(picture, latents.shape[:0:-1], interpolation=cv2.INTER_AREA)
        rows.append(_with_constant(latents))
        colours.append(small.reshape(-1, 3).astype(np.float64))
    matrix, *_ = np.linalg.lstsq(np.concatenate(rows).astype(np.float64), np.concatenate(colours), rcond=1e-6)
    return np.asarray(matrix, np.float32)


def _with_constant(latents: Floats) -> Floats:
    """(h · w, channels + 1) of (channels, h, w)."""
    flat = latents.reshape(latents.shape[0], -1).T
    return np.concatenate([flat, np.ones((len(flat), 1), np.float32)], axis=1)


def _pictures() -> list[Array8]:
    """Coloured clouds with the statistics of photographs: power falls with the frequency squared (Field 1987)."""
    rng = np.random.default_rng(1)
    across, down = np.fft.rfftfreq(_SIDE), np.fft.fftfreq(_SIDE)
    frequency = np.maximum(np.hypot(across[None], down[:, None]), 1 / _SIDE)[..., None]
    pictures = []
    for _ in range(_PICTURES):
        waves = np.fft.rfft2(rng.standard_normal((_SIDE, _SIDE, 3)), axes=(0, 1)) / frequency
        clouds = np.fft.irfft2(waves, (_SIDE, _SIDE), axes=(0, 1))
        clouds /= clouds.std(axis=(0, 1))
        # Brightness varies more than colour does.
        mixed = clouds @ np.array([[0.8, 0.8, 0.8], [0.5, 0.0, -0.5], [0.25, -0.5, 0.25]])
        pictures.append(np.clip(127.5 + 60 * mixed, 0, 255).astype(np.uint8))
    return pictures
