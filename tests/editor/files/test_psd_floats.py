"""PSD files of 32 bits per channel, which are floats proportional to light: opened with 16, and that is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from psd_tools.constants import Compression

from editor.document.geometry import Bounds
from editor.document.layers import Group, PaintLayer
from editor.files.formats import flattened, open_file
from editor.files.opened import Opened
from tests.editor.files.float_psd import HEIGHT, PREDICTION, RAW, RLE, WIDTH, ZIP, deep, write_floats
from tests.editor.render.test_colour import P3


def opened(path: Path, compression: Compression, profile: bytes | None = None, layers: bool = True) -> Opened:
    write_floats(path, compression, profile, layers)
    return open_file(path)


@pytest.mark.parametrize("compression", [RLE, RAW, ZIP, PREDICTION])
def test_layers_are_opened_with_16_bits_and_told_of(tmp_path: Path, compression: Compression) -> None:
    found = opened(tmp_path / "a.psd", compression, P3)
    assert len(found.losses) == 1 and "32 bits per channel" in found.losses[0]
    document = found.document
    assert document.depth == 16 and document.metadata.icc_profile == P3
    (group,) = document.root.children
    assert isinstance(group, Group)
    (layer,) = group.children
    (expected,) = deep().root.children[0].children  # type: ignore[attr-defined]
    assert isinstance(layer, PaintLayer) and layer.mask == expected.mask
    pixels = layer.pixels.read(document.canvas)
    assert pixels[0, 1:6, 0].tolist() == [
        0,
        65535,
        0,
        0,
        65535,
    ]  # no number, without end, below black, beyond white
    assert np.array_equal(pixels[1:], expected.pixels.read(document.canvas)[1:])


def test_light_without_a_profile_becomes_srgb(tmp_path: Path) -> None:
    (group,) = opened(tmp_path / "a.psd", RLE).document.root.children
    assert isinstance(group, Group) and isinstance(group.children[0], PaintLayer)
    pixels = group.children[0].pixels.read(Bounds(0, 1, WIDTH, HEIGHT - 1)).astype(float)
    given = deep().root.children[0].children[0].pixels.read(Bounds(0, 1, WIDTH, HEIGHT - 1))  # type: ignore[attr-defined]
    light = given[..., :3] / 65535
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055) * 65535
    assert np.abs(pixels[..., :3] - srgb).max() <= 1
    assert np.array_equal(pixels[..., 3], given[..., 3])  # how much covers is no light


def test_the_merged_picture_where_there_are_no_layers(tmp_path: Path) -> None:
    found = opened(tmp_path / "a.psd", RLE, P3, layers=False)
    (layer,) = found.document.root.children
    assert isinstance(layer, PaintLayer) and found.document.depth == 16
    assert flattened(found.document).shape == (HEIGHT, WIDTH, 4)
    assert int(np.ptp(flattened(found.document)[..., :3])) > 1000
