"""Estimates: from the memory plan, and from what earlier fills took; and the file that remembers them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.engines.engine import ENGINES
from inference.estimate import FILE, Estimate, Timings, estimate
from inference.folders import state_folder
from inference.geometry import Extent
from inference.memory import Device
from inference.models.model import Model

GB = 1 << 30
MEGAPIXEL = Extent(1000, 1000)
CONTENT_AWARE = ENGINES["content-aware"]
SDXL = ENGINES["sdxl"]
MODEL = Model("x", "X", "sdxl", {}, {"pipeline/unet": 2_000_000_000}, hash="abc")
CARD = Device("cuda:0", "Card", 24 * GB, 23 * GB, True)
PROCESSOR = Device("cpu", "CPU", 64 * GB, 60 * GB)
FACTS = {
    "seconds": 25.0,
    "load_seconds": 3.0,
    "step_seconds": 0.5,
    "device_name": "Card",
    "precision": "fp16",
    "placement": "resident",
    "working_size": [1000, 1000],
    "model_hash": "abc",
}


def fill(timings: Timings, **changes: Any) -> Estimate:
    values: dict[str, Any] = {"steps": 40, "count": 1, "working": MEGAPIXEL, "devices": [CARD, PROCESSOR]}
    values |= changes
    model = values.pop("model", MODEL)
    return estimate(SDXL, model, timings=timings, **values)


def test_before_the_first_fill_there_is_memory_but_no_time() -> None:
    found = fill(Timings())
    assert found.seconds is None
    assert found.bytes == 2 * 2_000_000_000 + SDXL.pixel_bytes * MEGAPIXEL.area
    assert (found.device, found.lowered, found.fits) == (CARD, (), True)


def test_a_measured_fill_tells_the_next_one() -> None:
    timings = Timings()
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    assert fill(timings).seconds == pytest.approx(22)  # the model is there already
    assert fill(timings, steps=80).seconds == pytest.approx(42)
    assert fill(timings, count=3).seconds == pytest.approx(66)
    assert fill(timings, working=Extent(500, 1000)).seconds == pytest.approx(11)
    timings.forget_loaded()
    assert fill(timings).seconds == pytest.approx(25)
    assert fill(Timings()).seconds == pytest.approx(25)  # as after a restart


def test_times_are_of_one_model_on_one_device_in_one_way() -> None:
    timings = Timings()
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    assert fill(timings, requested="cpu").seconds is None
    assert fill(timings, devices=[Device("cuda:0", "Card", 24 * GB, 6 * GB)]).seconds is None
    assert fill(timings, model=Model("y", "Y", "sdxl", {}, {"pipeline/unet": 1}, hash="def")).seconds is None


def test_newer_runs_weigh_more_but_not_all() -> None:
    timings = Timings()
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    timings.record(
        SDXL, MODEL, 40, MEGAPIXEL, {**FACTS, "load_seconds": 0.0, "seconds": 62.0, "step_seconds": 1.5}
    )
    assert fill(timings).seconds == pytest.approx(22 + 0.3 * 40)
    timings.forget_loaded()
    assert fill(timings).seconds == pytest.approx(25 + 0.3 * 40)  # no load was measured in between


def test_the_size_that_was_worked_at_counts_not_the_one_that_was_asked_for() -> None:
    timings = Timings()
    lowered = {**FACTS, "working_size": [500, 1000]}
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, lowered)
    assert fill(timings).seconds == pytest.approx(44)


def test_a_measured_peak_replaces_the_plan_for_about_the_same_size() -> None:
    timings = Timings()
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, {**FACTS, "peak_bytes": 5 * GB})
    assert fill(timings).bytes == 5 * GB
    assert fill(timings, working=Extent(1020, 1000)).bytes == 5 * GB
    assert (
        fill(timings, working=Extent(1200, 1000)).bytes == fill(Timings(), working=Extent(1200, 1000)).bytes
    )


def test_a_second_pass_takes_its_share_and_tells_nothing_of_the_first() -> None:
    timings = Timings()
    refined = {**FACTS, "seconds": FACTS["seconds"] + 30, "refine_seconds": 30.0}
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, refined)
    alone = fill(timings).seconds
    assert alone == pytest.approx(22)
    both = fill(timings, refined=2_000_000).seconds
    assert both == pytest.approx(alone + 2 * (16 * FACTS["step_seconds"] + 2))


def test_content_aware_is_estimated_by_its_pixels() -> None:
    timings = Timings()
    ask = {"steps": 0, "count": 2, "devices": [], "timings": timings}
    assert estimate(CONTENT_AWARE, None, MEGAPIXEL, **ask) == Estimate()
    timings.record(CONTENT_AWARE, None, 0, MEGAPIXEL, {"seconds": 3.0})
    found = estimate(CONTENT_AWARE, None, Extent(2000, 1000), **ask)
    assert found == Estimate(seconds=pytest.approx(12))


def test_what_will_be_lowered_is_told_before() -> None:
    found = fill(Timings(), devices=[Device("cuda:0", "Card", 8 * GB, 6 * GB)])
    assert found.lowered and found.fits


def test_what_does_not_fit_is_told_with_the_least_that_it_takes() -> None:
    small = Device("cpu", "CPU", 4 * GB, GB)
    found = fill(Timings(), devices=[small])
    assert not found.fits and found.device == small and found.bytes is not None
    assert GB < found.bytes < 4 * 2_000_000_000 + 2 * SDXL.pixel_bytes * MEGAPIXEL.area


@pytest.mark.parametrize("changes", [{"devices": []}, {"requested": "mps"}])
def test_a_device_that_is_not_there_fits_nothing(changes: dict[str, Any]) -> None:
    assert fill(Timings(), **changes) == Estimate(fits=False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe\x00",
        b'{"version": 2, "timings": {}}',
        b'{"version": 1}',
        b'{"version": 1, "timings": []}',
        b'{"version": 1, "timings": {"a": 5}}',
        b"[" * 100_000,
        b" " * (2 << 20),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_broken_file_counts_as_empty_and_is_replaced(content: bytes) -> None:
    path = state_folder() / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    timings = Timings()
    assert fill(timings).seconds is None
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    assert fill(Timings()).seconds == pytest.approx(25)


def test_wrong_numbers_in_the_file_count_as_none() -> None:
    timings = Timings()
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    path = state_folder() / FILE
    stored = json.loads(path.read_text())
    (entry,) = stored["timings"].values()
    entry |= {"step": "fast", "rest": -3, "load": math.inf, "peak": None, "extra": 1}
    path.write_text(json.dumps(stored))
    assert fill(Timings()).seconds == 0


def test_a_file_that_cannot_be_written_loses_nothing_else(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    timings = Timings(blocked / "below" / FILE)
    timings.record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    assert fill(timings).seconds is not None
    assert blocked.read_text() == "not a folder"


def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / FILE
    Timings(path).record(SDXL, MODEL, 40, MEGAPIXEL, FACTS)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inference.estimate.os.replace", full)
    Timings(path).record(SDXL, MODEL, 40, MEGAPIXEL, {**FACTS, "seconds": 99.0})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_stays_small(tmp_path: Path) -> None:
    timings = Timings(tmp_path / FILE)
    for number in range(205):
        timings.record(SDXL, MODEL, 40, MEGAPIXEL, {**FACTS, "device_name": f"Card {number}"})
    stored = json.loads((tmp_path / FILE).read_text())["timings"]
    assert len(stored) == 200
    assert not any("Card 4|" in key for key in stored) and any("Card 204|" in key for key in stored)


@given(
    st.dictionaries(
        st.sampled_from([*FACTS, "peak_bytes"]),
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.floats(), max_size=3)
        ),
    ),
    st.integers(0, 10_000),
)
def test_facts_that_make_no_sense_do_no_harm(facts: dict[str, Any], steps: int) -> None:
    timings = Timings(Path(__file__) / "below" / FILE)  # cannot be written
    timings.record(SDXL, MODEL, steps, MEGAPIXEL, facts)
    found = fill(timings)
    assert found.seconds is None or found.seconds >= 0
