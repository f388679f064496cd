"""Content-aware fill: what it may touch, that it repeats itself, what it continues, and that it stops when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inference.depth import Pixels, full_scale, to_16
from inference.engines import content_aware
from inference.engines.patchmatch import coherence, compose, planes, search, tone, vote
from inference.engines.patchmatch.diffuse import diffuse
from inference.engines.patchmatch.regions import find_regions
from inference.engines.patchmatch.workers import cut
from inference.request import FillCancelled, FillCandidate, FillError, FillRequest

Array = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def quiet(stage: str, fraction: float, step: int = 0, steps: int = 0) -> None:
    """A reporter that nobody listens to."""


def request(picture: Pixels, mask: Array, seed: int = 0, count: int = 1) -> FillRequest:
    """``picture`` is (h, w), (h, w, 3) or (h, w, 4), of 8 or 16 bits."""
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    if picture.shape[2] == 3:
        opaque = np.full(picture.shape[:2], full_scale(picture.dtype), picture.dtype)
        picture = np.dstack((picture, opaque))
    height, width = mask.shape
    return FillRequest("r", "content-aware", picture, mask, (width, height), seed=seed, count=count)


def filled(picture: Pixels, mask: Array, seed: int = 0, **fields: Any) -> Pixels:
    asked = replace(request(picture, mask, seed), **fields)
    candidates = list(content_aware.fill(asked, quiet))
    assert len(candidates) == 1
    return candidates[0].image


def box(height: int, width: int, *boxes: tuple[int, int, int, int]) -> Array:
    """A mask of rectangles given as top, left, bottom, right."""
    mask = np.zeros((height, width), np.uint8)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = 255
    return mask


def rough(height: int, width: int, seed: int = 0) -> Array:
    """A picture of smooth blobs under noise, in three colours."""
    chance = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(chance.normal(0, 400, (height, width, 3)), (0, 0), 5)
    return np.clip(128 + blobs + chance.normal(0, 10, blobs.shape), 0, 255).astype(np.uint8)


def error(one: Array, other: Array, mask: Array) -> float:
    """Mean absolute difference of the colours in the mask."""
    apart = one[..., :3].astype(float) - other[..., :3]
    return float(np.abs(apart[mask > 0]).mean())


def stripes(height: int, width: int) -> Array:
    rows = 128 + 90 * np.sin(np.arange(width) * 2 * np.pi / 12)
    return np.repeat(np.broadcast_to(rows, (height, width))[..., None], 3, axis=2).astype(np.uint8)


def checker(height: int, width: int) -> Array:
    rows, columns = np.indices((height, width))
    plane = np.where((rows // 8 + columns // 8) % 2, 210, 40).astype(np.uint8)
    return np.repeat(plane[..., None], 3, axis=2)


HOLES = {
    "inside": box(90, 110, (30, 40, 60, 75)),
    "corner": box(90, 110, (0, 0, 30, 35)),
    "edge": box(90, 110, (60, 20, 90, 60)),
    "across": box(90, 110, (35, 0, 50, 110)),
    "several": box(90, 110, (5, 5, 20, 20), (40, 60, 60, 80), (80, 100, 90, 110)),
    "line": box(90, 110, (44, 3, 45, 107)),
    "speck": box(90, 110, (44, 50, 50, 56)),
    "pixel": box(90, 110, (44, 50, 45, 51)),
    "soft": (box(90, 110, (30, 40, 60, 75)) // 255) * np.uint8(3),
}


def deep(height: int, width: int, seed: int = 0) -> Pixels:
    """``rough`` in 16 bits of which every one counts."""
    low = np.random.default_rng(seed + 1).integers(-128, 129, (height, width, 3))
    return np.clip(rough(height, width, seed).astype(np.int32) * 257 + low, 0, 65535).astype(np.uint16)


@pytest.mark.parametrize("adapted", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("hole", HOLES)
def test_nothing_outside_the_mask_changes_and_all_inside_is_opaque(
    hole: str, dtype: type[np.integer[Any]], adapted: bool
) -> None:
    mask, full = HOLES[hole], full_scale(dtype)
    alpha = np.random.default_rng(1).integers(1, full + 1, (90, 110)).astype(dtype)
    picture = np.dstack((rough(90, 110) if dtype == np.uint8 else deep(90, 110), alpha))
    before = picture.copy()
    result = filled(picture, mask, colour_adaptation=adapted)
    assert result.dtype == dtype and result.shape == picture.shape
    assert np.array_equal(result[mask == 0], picture[mask == 0])
    assert (result[mask > 0, 3] == full).all()
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("picture", [rough(90, 110), deep(90, 110)], ids=["8", "16"])
def test_without_colour_adaptation_every_pixel_is_one_of_the_surroundings_to_the_last_bit(
    picture: Pixels,
) -> None:
    mask = HOLES["inside"]
    result = filled(picture, mask, colour_adaptation=False)
    known = {tuple(pixel) for pixel in picture[mask == 0].tolist()}
    assert {tuple(pixel) for pixel in result[mask > 0, :3].tolist()} <= known
    adapted = filled(picture, mask)
    assert not {tuple(pixel) for pixel in adapted[mask > 0, :3].tolist()} <= known


def test_16_bits_that_say_no_more_than_8_are_filled_alike() -> None:
    picture, mask = rough(90, 110), HOLES["inside"]
    copied = filled(picture, mask, colour_adaptation=False)
    assert np.array_equal(filled(to_16(picture), mask, colour_adaptation=False), to_16(copied))
    apart = filled(to_16(picture), mask).astype(np.int32) - to_16(filled(picture, mask))
    assert np.abs(apart).max() <= 129  # what 8 bits round away


def test_a_gradient_of_16_bits_has_no_steps_of_8() -> None:
    row = np.linspace(9000, 9000 + 8 * 257, 160).astype(np.uint16)
    truth = np.tile(row[None, :, None], (120, 1, 3))
    mask = box(120, 160, (40, 55, 80, 105))
    result = filled(np.where(mask[..., None] > 0, np.uint16(0), truth), mask)
    assert len(np.unique(result[mask > 0, 0])) > 30  # 50 columns lie within some three levels of 8 bits
    assert np.abs(result[..., :3].astype(int) - truth)[mask > 0].max() <= 3 * 257


def test_what_lay_under_the_mask_does_not_matter() -> None:
    mask, picture = HOLES["inside"], rough(90, 110)
    other = picture.copy()
    other[mask > 0] = (255, 0, 255)
    assert np.array_equal(filled(picture, mask), filled(other, mask))


def test_a_seed_gives_the_same_fill_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    mask, picture = box(140, 160, (40, 40, 90, 110)), rough(140, 160)
    fills = []
    for cores in (1, 2, 7):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        fills.append(filled(picture, mask, seed=5))
    assert np.array_equal(fills[0], fills[1]) and np.array_equal(fills[0], fills[2])


def test_candidates_take_the_seeds_that_follow_and_differ() -> None:
    mask, picture = HOLES["inside"], rough(90, 110)
    candidates = list(content_aware.fill(request(picture, mask, seed=7, count=3), quiet))
    assert [(c.request_id, c.index, c.seed) for c in candidates] == [("r", 0, 7), ("r", 1, 8), ("r", 2, 9)]
    assert np.array_equal(candidates[1].image, filled(picture, mask, seed=8))
    assert all(candidate.facts["seconds"] >= 0 for candidate in candidates)
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert error(candidates[one].image, candidates[other].image, mask) > 3


@pytest.mark.parametrize("pattern", [stripes, checker])
def test_a_pattern_is_continued(pattern: object) -> None:
    truth = pattern(150, 170)  # type: ignore[operator]
    mask = box(150, 170, (50, 60, 95, 115))
    holed = np.where(mask[..., None] > 0, np.uint8(0), truth)
    ours = error(filled(holed, mask), truth, mask)
    telea = error(cv2.inpaint(holed, mask, 5, cv2.INPAINT_TELEA), truth, mask)
    assert ours < 4
    assert ours < telea / 5


@pytest.mark.parametrize("hole", HOLES)
def test_a_constant_stays_constant(hole: str) -> None:
    picture = np.full((90, 110, 3), (17, 130, 240), np.uint8)
    holed = np.where(HOLES[hole][..., None] > 0, np.uint8(255), picture)
    assert np.abs(filled(holed, HOLES[hole])[..., :3].astype(int) - picture).max() <= 1


def test_a_gradient_stays_a_gradient() -> None:
    row = np.linspace(30, 220, 160).astype(np.uint8)
    truth = np.tile(row[None, :, None], (120, 1, 3))
    mask = box(120, 160, (40, 55, 80, 105))
    result = filled(np.where(mask[..., None] > 0, np.uint8(0), truth), mask)
    assert np.abs(result[..., :3].astype(int) - truth)[mask > 0].max() <= 12
    assert error(result, truth, mask) < 4


def test_a_tone_follows_its_surroundings_far_into_the_hole() -> None:
    chance = np.random.default_rng(3)
    ramp = np.tile(np.linspace(60, 180, 300)[None, :, None], (240, 1, 3))
    picture = np.clip(ramp + chance.normal(0, 8, ramp.shape), 0, 255).astype(np.uint8)
    mask = box(240, 300, (60, 90, 180, 210))
    result = filled(picture, mask)
    apart = cv2.GaussianBlur(result[..., :3].astype(np.float32) - ramp.astype(np.float32), (0, 0), 6)
    assert np.abs(apart)[mask > 0].mean() < 3
    assert np.abs(apart)[mask > 0].max() < 12


def test_another_thing_keeps_its_tone() -> None:
    picture = rough(120, 160)
    picture[..., 0] = 30
    mask, where = box(120, 160, (30, 60, 75, 110)), box(120, 160, (90, 0, 120, 160))
    picture[where > 0, 0] = 200
    (candidate,) = content_aware.fill(replace(request(picture, mask), source=where), quiet)
    inner = cv2.erode(mask, np.ones((31, 31), np.uint8)) > 0
    assert candidate.image[inner, 0].mean() > 150  # the border's 30 reaches in by some pixels alone


def test_grey_stays_grey() -> None:
    result = filled(rough(90, 110)[..., 0], HOLES["inside"])
    assert np.array_equal(result[..., 0], result[..., 1]) and np.array_equal(result[..., 0], result[..., 2])


def test_transparent_pixels_are_neither_copied_nor_looked_at() -> None:
    picture = np.full((100, 120, 4), (20, 160, 60, 255), np.uint8)
    picture[:, 60:] = (255, 0, 255, 0)
    mask = box(100, 120, (30, 30, 70, 75))
    result = filled(picture, mask)
    assert (np.abs(result[mask > 0].astype(int) - (20, 160, 60, 255)) <= 1).all()
    assert np.array_equal(result[mask == 0], picture[mask == 0])


def test_half_transparent_surroundings_are_used_and_the_fill_is_opaque() -> None:
    picture = np.full((60, 60, 4), (20, 160, 60, 90), np.uint8)
    mask = box(60, 60, (20, 20, 40, 40))
    result = filled(picture, mask)
    assert (np.abs(result[mask > 0].astype(int) - (20, 160, 60, 255)) <= 1).all()


def test_an_island_in_transparency_is_filled_from_what_there_is() -> None:
    picture = np.zeros((300, 300, 4), np.uint8)
    picture[:40, :40] = (200, 100, 50, 255)
    mask = box(300, 300, (200, 200, 260, 260))
    assert (np.abs(filled(picture, mask)[mask > 0].astype(int) - (200, 100, 50, 255)) <= 1).all()


@pytest.mark.parametrize("height", [1, 2, 3, 5, 8, 13, 20])
@pytest.mark.parametrize("width", [3, 7, 20])
def test_tiny_pictures(height: int, width: int) -> None:
    picture = rough(height, width)
    mask = box(height, width, (height // 3, width // 3, height // 3 + 1, width - 1))
    result = filled(picture, mask)
    assert np.array_equal(result[mask == 0, :3], picture[mask == 0])
    low, high = picture[mask == 0].min(axis=0).astype(int), picture[mask == 0].max(axis=0).astype(int)
    assert ((result[mask > 0, :3] >= low - 40) & (result[mask > 0, :3] <= high + 40)).all()


def test_a_frame_too_thin_for_patches_is_diffused() -> None:
    picture = np.full((200, 220, 3), 90, np.uint8)
    mask = box(200, 220, (4, 4, 196, 216))
    assert (filled(picture, mask)[..., :3] == 90).all()


def test_diffusion_reaches_everything_from_one_pixel() -> None:
    colour, known = np.zeros((33, 17, 3), np.float32), np.zeros((33, 17), np.bool_)
    colour[30, 3], known[30, 3] = (10, 20, 30), True
    assert np.allclose(diffuse(colour, known), (10, 20, 30))


@pytest.mark.parametrize("alpha", [0, 255])
def test_no_source_is_an_error_that_says_what_to_do(alpha: int) -> None:
    picture = np.full((40, 40, 4), alpha, np.uint8)
    mask = np.full((40, 40), 255, np.uint8)
    if alpha == 0:
        mask[:20] = 0
    with pytest.raises(FillError) as caught:
        list(content_aware.fill(request(picture, mask), quiet))
    assert caught.value.kind == "input"
    assert "select a smaller part" in caught.value.message


@pytest.mark.parametrize("source", [(0, 0, 120, 50), (90, 0, 120, 160), (0, 130, 120, 160)])
def test_only_the_source_is_copied(source: tuple[int, int, int, int]) -> None:
    picture = rough(120, 160)
    picture[..., 0] = 30
    mask, where = box(120, 160, (30, 60, 75, 110)), box(120, 160, source)
    picture[where > 0, 0] = 200
    asked = replace(request(picture, mask), source=where, colour_adaptation=False)
    (candidate,) = content_aware.fill(asked, quiet)
    assert (candidate.image[mask > 0, 0] == 200).all()
    assert np.array_equal(candidate.image[mask == 0, :3], picture[mask == 0])


def test_too_small_a_source_is_an_error() -> None:
    asked = replace(request(rough(90, 110), HOLES["inside"]), source=box(90, 110, (0, 0, 9, 9)))
    with pytest.raises(FillError) as caught:
        list(content_aware.fill(asked, quiet))
    assert caught.value.kind == "input" and "fill from" in caught.value.message


def test_an_empty_mask_is_an_error() -> None:
    with pytest.raises(FillError) as caught:
        list(content_aware.fill(request(rough(30, 30), np.zeros((30, 30), np.uint8)), quiet))
    assert caught.value.kind == "input"


def test_progress_never_falls_ends_at_one_and_names_its_stages() -> None:
    heard: list[tuple[str, float, int, int]] = []

    def report(stage: str, fraction: float, step: int = 0, steps: int = 0) -> None:
        heard.append((stage, fraction, step, steps))

    mask = box(200, 500, (60, 60, 110, 120), (80, 400, 110, 440))
    candidates = list(content_aware.fill(request(rough(200, 500), mask, count=2), report))
    assert len(candidates) == 2
    fractions = [fraction for _, fraction, _, _ in heard]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= 0.05 and fractions[-1] == pytest.approx(1)
    assert {stage for stage, _, _, _ in heard} == {"analyse", "search", "compose"}
    assert (2, 2) in {(step, steps) for _, _, step, steps in heard}


@pytest.mark.parametrize("stage", ["analyse", "search", "compose"])
def test_cancelling_stops_at_once_in_any_stage(stage: str) -> None:
    raised_at = 0.0

    def report(current: str, fraction: float, step: int = 0, steps: int = 0) -> None:
        nonlocal raised_at
        if current == stage:
            raised_at = time.monotonic()
            raise FillCancelled

    with pytest.raises(FillCancelled):
        list(content_aware.fill(request(rough(300, 300), box(300, 300, (80, 80, 220, 220))), report))
    assert time.monotonic() - raised_at < 0.5


def test_abandoning_the_candidates_leaves_nothing_running() -> None:
    candidates: Iterator[FillCandidate] = content_aware.fill(
        request(rough(90, 110), HOLES["inside"], count=3), quiet
    )
    next(candidates)
    candidates.close()  # type: ignore[attr-defined]


def test_far_holes_are_filled_apart_and_near_ones_together() -> None:
    hole = box(600, 600, (50, 50, 80, 80), (60, 100, 70, 110), (500, 500, 520, 520)) > 0
    regions = list(find_regions(hole, ~hole, ~hole))
    assert len(regions) == 2
    assert sum(int(region.hole.sum()) for region in regions) == int(hole.sum())
    assert all(not (region.hole & region.known).any() for region in regions)
    assert all(region.bounds.width < 300 for region in regions)


@pytest.mark.parametrize("count", [0, 1, 255, 1000, 50_000, 1_000_000])
def test_ranges_cover_every_index_once(count: int) -> None:
    covered = [i for first, last in cut(count) for i in (first, last)]
    assert covered[0:1] == [0][:count] and covered[-1:] == [count][:count]
    assert covered[1:-1:2] == covered[2:-1:2]


def test_each_kernel_has_been_compiled_for_one_set_of_types_only() -> None:
    content_aware.warm()
    for index, picture in enumerate((rough(90, 110), rough(300, 310), np.asfortranarray(rough(64, 64)))):
        picture.flags.writeable = False
        height, width = picture.shape[:2]
        filled(picture, box(height, width, (20, 20, 40 + index * 60, 44)))
    for kernel in (
        search.search_nearby,
        search.search_exhaustively,
        vote.vote,
        coherence.cohere,
        planes.roughen,
        planes.halve,
        planes.charge,
        compose.set_up,
        compose.conjugate,
        tone.set_up_border,
    ):
        assert len(kernel.signatures) == 1, kernel
