"""What the model is shown of a request, and what is made of its answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inference.depth import to_8
from inference.engines.diffusion.pictures import candidate_image, is_soft, resized, working_picture
from inference.request import Array8, FillRequest


def make(side: int = 96, **fields: Any) -> FillRequest:
    """A ramp with a white square in its middle, which is masked."""
    down, across = np.mgrid[0:side, 0:side]
    image = np.stack([down, across, np.full_like(down, 60), np.full_like(down, 255)], axis=-1).astype(
        np.uint8
    )
    third = side // 3
    image[third : 2 * third, third : 2 * third, :3] = 255
    mask = np.zeros((side, side), np.uint8)
    mask[third : 2 * third, third : 2 * third] = 255
    return FillRequest(
        **{
            "id": "p",
            "engine": "any",
            "image": image,
            "mask": mask,
            "working_size": (side, side),
            **fields,
        }
    )


def test_at_its_own_size_the_picture_is_shown_as_it_is() -> None:
    request = make()
    rgb, mask = working_picture(request)
    outside = request.mask == 0
    assert rgb.dtype == np.uint8 and mask.dtype == np.float32
    assert np.array_equal(rgb[outside], request.image[outside, :3])
    assert np.array_equal(mask, request.mask / np.float32(255))


@pytest.mark.parametrize("size", [(96, 96), (64, 48), (48, 96), (192, 128)])
def test_nothing_of_what_is_under_the_mask_is_left(size: tuple[int, int]) -> None:
    """The square is far brighter in blue than everything around it."""
    rgb, _ = working_picture(make(working_size=size))
    assert rgb.shape == (size[1], size[0], 3)
    assert rgb[..., 2].max() <= 62


def test_the_hole_is_filled_smoothly() -> None:
    rgb, _ = working_picture(make())
    steps = np.abs(np.diff(rgb.astype(int), axis=0)).max(), np.abs(np.diff(rgb.astype(int), axis=1)).max()
    assert max(steps) <= 16


def test_with_less_strength_what_is_under_the_mask_stays() -> None:
    request = make(strength=0.5)
    assert np.array_equal(working_picture(request)[0], request.image[..., :3])


def test_what_is_grey_in_the_mask_stays() -> None:
    request = make()
    request.mask[request.mask > 0] = 254
    assert np.array_equal(working_picture(request)[0], request.image[..., :3])


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_what_is_transparent_is_filled_from_around_it(strength: float) -> None:
    request = make(strength=strength)
    request.image[:32, :32] = (255, 0, 255, 0)
    rgb, _ = working_picture(request)
    assert rgb[:32, :32, 2].max() <= (62 if strength == 1 else 255)
    assert np.abs(rgb[:24, :24].astype(int) - (255, 0, 255)).max(axis=-1).min() > 50


def test_half_transparent_pixels_lie_over_their_surroundings() -> None:
    request = make()
    request.image[0:8, 0:8] = (0, 0, 200, 102)
    rgb, _ = working_picture(request)
    assert 60 < rgb[4, 4, 2] < 200


@pytest.mark.parametrize("size", [(96, 96), (64, 64), (128, 128)])
def test_where_nothing_is_known_it_is_grey(size: tuple[int, int]) -> None:
    request = make(working_size=size)
    request.mask[:] = 255
    rgb, mask = working_picture(request)
    assert (rgb == 128).all() and (mask == 1).all()


@pytest.mark.parametrize("size", [(64, 64), (96, 64), (160, 128), (128, 64)])
def test_a_hard_mask_stays_hard_and_loses_nothing(size: tuple[int, int]) -> None:
    request = make()
    request.mask[:] = 0
    request.mask[17, 30] = 255
    _, mask = working_picture(FillRequest("p", "any", request.image, request.mask, size))
    assert set(np.unique(mask)) == {0.0, 1.0}


def test_a_soft_mask_stays_soft() -> None:
    request = make(working_size=(64, 64))
    assert not is_soft(request.mask)
    request.mask[:, :48] = 100
    assert is_soft(request.mask)
    _, mask = working_picture(request)
    assert mask[32, 4] == pytest.approx(100 / 255, abs=1e-3)


@pytest.mark.parametrize("size", [(96, 96), (64, 64), (192, 128)])
def test_only_what_is_masked_is_painted(size: tuple[int, int]) -> None:
    request = make()
    request.image[..., 3] = 128
    request.mask[0, 0] = 1
    image = candidate_image(request, np.full((size[1], size[0], 3), 77, np.uint8))
    masked = request.mask > 0
    assert (image[masked] == (77, 77, 77, 255)).all()
    assert np.array_equal(image[~masked], request.image[~masked])
    assert image is not request.image


def test_in_16_bits_the_model_is_shown_8_and_every_other_bit_stays() -> None:
    shallow = make()
    deep = np.random.default_rng(2).integers(0, 65536, (96, 96, 4), np.uint16)
    request = make(image=deep)
    rgb, _ = working_picture(make(image=to_8(deep)))
    assert np.array_equal(working_picture(request)[0], rgb)
    image = candidate_image(request, np.full((96, 96, 3), 77, np.uint8))
    masked = shallow.mask > 0
    assert image.dtype == np.uint16
    assert (image[masked] == (77 * 257, 77 * 257, 77 * 257, 65535)).all()
    assert np.array_equal(image[~masked], deep[~masked])


def test_a_generated_picture_is_painted_all_over() -> None:
    request = make(generate=True)
    request.image[:] = 0
    request.mask[:] = 0
    assert (candidate_image(request, np.full((64, 64, 3), 9, np.uint8)) == (9, 9, 9, 255)).all()


@pytest.mark.parametrize("side", [32, 96, 200])
def test_resizing_keeps_a_ramp(side: int) -> None:
    ramp: Array8 = np.repeat(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], 96, axis=0).repeat(
        3, axis=2
    )
    small = resized(ramp, (side, side)).astype(float)
    expected = np.interp((np.arange(side) + 0.5) * 96 / side - 0.5, np.arange(96), ramp[0, :, 0])
    assert np.abs(small[side // 2, :, 0] - expected).max() < 3
