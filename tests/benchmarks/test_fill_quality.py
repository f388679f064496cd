"""Fill quality: each metric on pictures whose answer is known, the held-out regions, and the comparison of methods."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import fill_metrics
from tests.benchmarks.fill_cases import GONE, KINDS, LEAST_AREA, MOST_AREA, Case, cases, random_hole
from tests.benchmarks.fill_methods import Filled, telea
from tests.benchmarks.fill_metrics import Bools, Picture
from tests.benchmarks.fill_quality import Row, run, sheet, summary
from tests.benchmarks.fill_scores import Score, compare

HOLE = np.zeros((96, 112), np.bool_)
HOLE[30:70, 35:80] = True


def noise(deviation: float, seed: int = 0, blur: float = 0.0) -> Picture:
    plane = np.random.default_rng(seed).normal(0, 1, (*HOLE.shape, 3)).astype(np.float32)
    if blur:
        plane = cv2.GaussianBlur(plane, (0, 0), blur)
    return np.clip(128 + deviation * plane / plane.std(), 0, 255).astype(np.uint8)


def patched(truth: Picture, patch: Picture) -> Picture:
    return np.where(HOLE[..., None], patch, truth)


METRICS = (fill_metrics.patch_distance, fill_metrics.texture_distance, fill_metrics.seam, fill_metrics.step)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    "truth", [noise(0.0), noise(25.0), noise(25.0, blur=4)], ids=["flat", "noise", "smooth"]
)
def test_an_identical_picture_is_perfect(metric: object, truth: Picture) -> None:
    assert metric(truth, truth, HOLE) == 0  # type: ignore[operator]
    assert fill_metrics.ssim(truth, truth, HOLE) == pytest.approx(1)
    assert fill_metrics.psnr(truth, truth, HOLE) == np.inf


def test_other_noise_of_the_same_kind_is_nearer_than_a_blurred_patch() -> None:
    truth = noise(25)
    same, soft = patched(truth, noise(25, seed=1)), patched(truth, cv2.GaussianBlur(truth, (0, 0), 2))
    for metric in (fill_metrics.patch_distance, fill_metrics.texture_distance):
        assert metric(same, truth, HOLE) < metric(soft, truth, HOLE) / 3
    assert fill_metrics.psnr(same, truth, HOLE) < fill_metrics.psnr(soft, truth, HOLE)


def test_lines_in_the_other_direction_are_another_texture() -> None:
    plane = (128 + 60 * np.sin(np.arange(112) * 0.8)).astype(np.uint8)
    truth = np.repeat(np.broadcast_to(plane, HOLE.shape)[..., None], 3, axis=2)
    turned = np.repeat(np.broadcast_to(plane[:96, None], HOLE.shape)[..., None], 3, axis=2)
    shifted = patched(truth, np.roll(truth, 3, axis=1))
    assert fill_metrics.texture_distance(patched(truth, turned), truth, HOLE) > 5
    assert fill_metrics.texture_distance(shifted, truth, HOLE) < 3


@pytest.mark.parametrize("offset", [-20, 12])
def test_a_tonal_offset_is_a_step_of_its_size_and_a_seam(offset: int) -> None:
    truth = noise(0)
    cast = patched(truth, (truth.astype(int) + offset).astype(np.uint8))
    assert fill_metrics.step(cast, truth, HOLE) == pytest.approx(abs(offset), abs=0.5)
    assert fill_metrics.seam(cast, truth, HOLE) == pytest.approx(np.log2((abs(offset) + 0.5) / 0.5))
    assert fill_metrics.patch_distance(cast, truth, HOLE) == pytest.approx(abs(offset) * 0.8, rel=0.3)


def test_a_smeared_border_is_a_negative_seam() -> None:
    truth = noise(25)
    assert fill_metrics.seam(cv2.GaussianBlur(truth, (0, 0), 2), truth, HOLE) < -1


def test_the_cost_is_as_defined() -> None:
    assert fill_metrics.cost(4, 9, 0, 0) == pytest.approx(6)
    assert fill_metrics.cost(4, 9, -2, 10) == pytest.approx(6 * 1.5 * 1.5)


def test_what_changes_away_from_the_hole_hardly_counts() -> None:
    truth = noise(25)
    other = truth.copy()
    other[:4], other[:, -4:] = 0, 255
    everywhere = np.where(HOLE[..., None], np.uint8(0), truth)
    for metric in (fill_metrics.patch_distance, fill_metrics.texture_distance):
        assert metric(other, truth, HOLE) < metric(everywhere, truth, HOLE) / 5
    assert fill_metrics.seam(other, truth, HOLE) == 0 and fill_metrics.step(other, truth, HOLE) == 0
    assert fill_metrics.psnr(other, truth, HOLE) == np.inf


def test_gravel_is_random_and_lines_and_shapes_are_not() -> None:
    lines = np.repeat(
        np.broadcast_to((128 + 60 * np.sin(np.arange(112) * 0.8)), HOLE.shape)[..., None], 3, axis=2
    )
    shapes = noise(40, blur=20)
    assert fill_metrics.randomness(noise(30, blur=1), HOLE) > 0.6
    assert fill_metrics.randomness(lines.astype(np.uint8), HOLE) < 0.2
    assert fill_metrics.randomness(shapes, HOLE) < 0.2


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), height=st.integers(64, 160), width=st.integers(64, 160))
def test_holes_take_their_share_in_one_piece(kind: str, seed: int, height: int, width: int) -> None:
    hole = random_hole(height, width, kind, np.random.default_rng(seed))
    assert hole.shape == (height, width)
    assert LEAST_AREA <= hole.mean() <= MOST_AREA
    assert cv2.connectedComponents(hole.astype(np.uint8))[0] == 2


def test_cases_are_the_same_each_time_whatever_other_photos_there_are(tmp_path: Path) -> None:
    for index, name in enumerate(("one", "two")):
        cv2.imwrite(str(tmp_path / f"{name}.png"), noise(25, seed=index))
    paths = [tmp_path / "one.png", tmp_path / "two.png"]
    together, alone = list(cases(paths, 3, 7, 64)), list(cases(paths[:1], 3, 7, 64))
    assert [case.kind for case in alone] == list(KINDS)
    assert all(max(case.hole.shape) == 64 for case in together)
    for one, other in zip(together, alone, strict=False):
        assert one.photo == other.photo and np.array_equal(one.hole, other.hole)
    assert all((case.holed[case.hole] == GONE).all() for case in together)
    with pytest.raises(OSError, match="cannot be read"):
        list(cases([tmp_path / "none.png"], 1, 0, 64))


def test_the_ratio_is_the_geometric_mean_and_its_interval_holds_it() -> None:
    found = compare([1, 2, 4], [2, 4, 4], ["a", "a", "b"])
    assert found.ratio == pytest.approx(0.25 ** (1 / 3))
    assert found.low <= found.ratio <= found.high
    assert found.won == pytest.approx(5 / 6) and found.cases == 3


def test_cases_of_one_photo_make_no_interval_narrower() -> None:
    chance = np.random.default_rng(3)
    logs = chance.normal(0, 0.5, 8)
    photos = [str(number) for number in range(8)]
    once = compare(np.exp(logs), np.ones(8), photos)
    often = compare(np.exp(np.repeat(logs, 10)), np.ones(80), [photo for photo in photos for _ in range(10)])
    assert often.high - often.low > 0.9 * (once.high - once.low)


def test_a_case_is_run_drawn_and_summed_up() -> None:
    case = Case("noise", "box", noise(25), HOLE)

    def true(picture: Picture, hole: Bools) -> Filled:
        assert (picture[hole] == GONE).all()
        return Filled(case.truth, 1.0, None)

    row, pictures = run(case, {"ours": true, "telea": telea})
    assert isinstance(row, Row) and row.scores["ours"].cost == 0
    assert row.scores["telea"].seconds > 0
    assert sheet(case, pictures).shape[1] > 3 * 45
    lines = summary([row])
    assert any(line.startswith("telea, all: cost ×") and "100 % of 1 won" in line for line in lines)


def test_scores_come_from_the_metrics() -> None:
    case = Case("noise", "box", noise(25), HOLE)
    score = Score.of(Filled(patched(case.truth, noise(25, seed=2)), 2.0, 3.0), case)
    assert score.cost == pytest.approx(fill_metrics.cost(score.swd, score.tex, score.seam, score.step))
    assert (score.seconds, score.mebibytes) == (2.0, 3.0)


def test_every_pair_of_metrics_tells_noise_levels_apart() -> None:
    truth = noise(25)
    levels = [patched(truth, noise(deviation, seed=5)) for deviation in (25, 18, 10, 3)]
    for metric in (fill_metrics.patch_distance, fill_metrics.texture_distance):
        found = [metric(level, truth, HOLE) for level in levels]
        assert all(one < other for one, other in itertools.pairwise(found))
