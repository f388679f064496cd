"""The preview's map from latents to colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from inference.engines.diffusion.preview import Preview, fit, load_or_fit


def encoder(channels: int, factor: int) -> torch.nn.Module:
    """A linear autoencoder's half: means of ``factor`` pixels, mixed into ``channels``."""
    torch.manual_seed(4)
    mix = torch.nn.Conv2d(3, channels, 1)
    return torch.nn.Sequential(torch.nn.AvgPool2d(factor), mix).eval()


@pytest.mark.parametrize(("channels", "factor"), [(4, 8), (16, 8), (3, 16)])
def test_it_finds_the_colours_of_a_linear_autoencoder(channels: int, factor: int) -> None:
    encode = encoder(channels, factor)
    matrix = fit(encode)
    assert matrix.shape == (channels + 1, 3) and matrix.dtype == np.float32
    colours = torch.tensor([200.0, 90.0, 30.0]).view(1, 3, 1, 1).expand(1, 3, 64, 128) / 127.5 - 1
    picture = Preview(matrix)(encode(colours))
    assert picture.shape == (64 // factor, 128 // factor, 3) and picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - (200, 90, 30)).max() <= 2


def test_numbers_that_are_none_do_no_harm() -> None:
    latents = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0]).view(1, 4, 1, 1)
    assert Preview(np.ones((5, 3), np.float32))(latents).shape == (1, 1, 3)


def test_it_is_fitted_once(tmp_path: Path) -> None:
    calls = []
    encode = encoder(4, 8)

    def counted(picture: torch.Tensor) -> torch.Tensor:
        calls.append(picture.shape)
        return encode(picture)

    path = tmp_path / "model" / "preview.npy"
    first = load_or_fit(path, counted)
    made = len(calls)
    again = load_or_fit(path, counted)
    assert made == len(calls) <= 4
    latents = torch.randn(1, 4, 8, 8)
    assert np.array_equal(first(latents), again(latents))
    assert [each.name for each in path.parent.iterdir()] == ["preview.npy"]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no map"])
def test_a_damaged_map_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "preview.npy"
    path.write_bytes(content)
    load_or_fit(path, encoder(4, 8))
    assert np.load(path).shape == (5, 3)


def test_where_it_cannot_be_kept_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file where the folder should be")
    preview = load_or_fit(tmp_path / "model" / "preview.npy", encoder(4, 8))
    assert preview(torch.randn(1, 4, 8, 8)).shape == (8, 8, 3)
