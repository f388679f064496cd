"""Estimates of what a fill will take, from the memory plan and from what earlier fills on this machine took."""

from __future__ import annotations

import json
import logging
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from inference.engines.info import EngineInfo
from inference.folders import state_folder
from inference.geometry import Extent
from inference.memory import Device, MemoryPlan, chosen_device, plans, rungs, scaled
from inference.models.model import Model
from inference.region import REFINING_STRENGTH
from inference.request import FillError

log = logging.getLogger(__name__)

FILE = "timings.json"
VERSION = 1

_LARGEST_FILE = 1 << 20
_MOST = 200
"""Timings that are kept; the one that was longest without use goes."""

_NEWEST = 0.3
"""Weight of the newest run in the averages."""

_SAME_SIZE = 0.1
"""A measured peak counts for working sizes that differ by less than this share of it."""

_LEAST_STEPS = 4
"""So many run however small the strength."""

_MEGAPIXEL = 1e6


@dataclass(frozen=True, slots=True)
class Timing:
    """Averages over earlier candidates, times in seconds. ``step``: for one step on a megapixel of the working size.
    ``rest``: for all else in a candidate, per megapixel. ``load``: to load the model. ``peak``: bytes of the device,
    at a working size of ``area`` pixels; 0 where it is not known."""

    step: float = 0.0
    rest: float = 0.0
    load: float = 0.0
    peak: float = 0.0
    area: float = 0.0

    def seconds(self, area: int, steps: int, count: int, loads: bool) -> float:
        each = area / _MEGAPIXEL * (steps * self.step + self.rest)
        return count * each + (self.load if loads else 0.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds``: for all candidates, or None until such a fill has been measured. ``bytes``: of the device's memory,
    or None where no model runs. ``device``: where it will run, or None where that is not known or not there.
    ``lowered``: what will be given up from the start. ``fits``: whether the device has the memory free."""

    seconds: float | None = None
    bytes: int | None = None
    device: Device | None = None
    lowered: tuple[str, ...] = ()
    fits: bool = True


class Timings:
    """What earlier fills took, in a small file of the program's own. A file that is damaged counts as empty."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or state_folder() / FILE
        self._entries = _read(self._path)
        self._loaded = ""

    def find(self, info: EngineInfo, model: Model | None, plan: MemoryPlan | None) -> Timing | None:
        return self._entries.get(_key(_subject(info, model), *_conditions(plan)))

    def is_loaded(self, info: EngineInfo, model: Model | None) -> bool:
        """Whether the last fill was made with it, so that it need not be loaded again."""
        return self._loaded == _subject(info, model)

    def forget_loaded(self) -> None:
        """The engine host has ended, and what it had loaded is gone."""
        self._loaded = ""

    def record(
        self, info: EngineInfo, model: Model | None, steps: int, working: Extent, facts: Mapping[str, Any]
    ) -> None:
        """Remembers a finished candidate's ``facts``. Facts that make no sense are left out, and a file that cannot be
        written is not: the next start knows less, no more."""
        seconds = _number(facts.get("seconds"))
        size = facts.get("working_size")
        if isinstance(size, list | tuple) and len(size) == 2:
            working = Extent(*(int(_number(side)) for side in size))
        if not working or not seconds:
            return
        seconds = max(0.0, seconds - _number(facts.get("refine_seconds")))
        megapixels = working.area / _MEGAPIXEL
        step, load = _number(facts.get("step_seconds")), _number(facts.get("load_seconds"))
        rest = max(0.0, seconds - load - steps * step)
        new = Timing(step / megapixels, rest / megapixels, load)
        names = (facts.get(name) for name in ("device_name", "precision", "placement"))
        key = _key(_subject(info, model), *(name if isinstance(name, str) else "" for name in names))
        old = self._entries.pop(key, None)
        if old is not None:
            # A model that was there already took no time to load, which says nothing of the next time.
            load = old.load if self.is_loaded(info, model) else _average(old.load, load)
            new = Timing(_average(old.step, new.step), _average(old.rest, new.rest), load, old.peak, old.area)
        if peak := _number(facts.get("peak_bytes")):
            new = replace(new, peak=peak, area=float(working.area))
        self._entries[key] = new
        self._loaded = _subject(info, model)
        while len(self._entries) > _MOST:
            del self._entries[next(iter(self._entries))]
        _write(self._path, self._entries)


def estimate(
    info: EngineInfo,
    model: Model | None,
    working: Extent,
    steps: int,
    count: int,
    devices: list[Device],
    timings: Timings,
    requested: str = "auto",
    allow_cpu: bool = False,
    *,
    references: bool = False,
    generate: bool = False,
    refined: int = 0,
) -> Estimate:
    """What ``count`` candidates of ``steps`` steps at the working size will take, each gone over in ``refined`` pixels
    of a second pass. Never raises for a device that is not there: nothing fits then."""
    if model is None:
        return Estimate(_seconds(timings, info, None, None, working.area, steps, count))
    wants = {"references": references, "generate": generate}
    try:
        device = chosen_device(devices, requested, info)
        plan = next(plans(info, model, working, devices, requested, allow_cpu, **wants), None)
    except FillError:
        return Estimate(fits=False)
    if plan is None:
        plan = rungs(info, model, working, device, **wants)[-1]
    area = scaled(working, plan.scale, info).area
    seconds = _seconds(timings, info, model, plan, area, steps, count)
    if seconds is not None and refined:
        fewer = max(min(_LEAST_STEPS, steps), round(steps * REFINING_STRENGTH))
        again = _seconds(timings, info, model, plan, refined, fewer, count, loaded=True)
        seconds += again or 0.0
    need, known = plan.bytes, timings.find(info, model, plan)
    if known and known.peak and not plan.tiled and abs(known.area - area) < _SAME_SIZE * known.area:
        need = int(known.peak)
    return Estimate(seconds, need, plan.device, plan.lowered, plan.fits)


def _seconds(
    timings: Timings,
    info: EngineInfo,
    model: Model | None,
    plan: MemoryPlan | None,
    area: int,
    steps: int,
    count: int,
    loaded: bool = False,
) -> float | None:
    known = timings.find(info, model, plan)
    loads = not loaded and not timings.is_loaded(info, model)
    return known.seconds(area, steps, count, loads) if known else None


def _subject(info: EngineInfo, model: Model | None) -> str:
    return f"{info.id}/{model.hash or model.id}" if model else info.id


def _conditions(plan: MemoryPlan | None) -> tuple[str, str, str]:
    return (plan.device.name, plan.precision, plan.placement) if plan else ("", "", "")


def _key(*parts: str) -> str:
    return "|".join(parts)


def _average(old: float, new: float) -> float:
    return old + _NEWEST * (new - old)


def _number(value: object) -> float:
    """0 for what is no positive, finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if math.isfinite(value) and value > 0 else 0.0


def _read(path: Path) -> dict[str, Timing]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError("it is too large")
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["version"] != VERSION:
            raise ValueError(f"its version is {stored['version']}")
        entries = list(stored["timings"].items())[-_MOST:]
        names = asdict(Timing())
        return {
            str(key): Timing(**{name: _number(values.get(name)) for name in names}) for key, values in entries
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        log.info("the timings of earlier fills cannot be read from %s (%s)", path, error)
        return {}


def _write(path: Path, entries: dict[str, Timing]) -> None:
    """As a whole or not at all."""
    text = json.dumps({"version": VERSION, "timings": {key: asdict(each) for key, each in entries.items()}})
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False
        ) as file:
            temporary = file.name
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        log.info("the timings of fills cannot be kept in %s (%s)", path, error)
        if temporary:
            Path(temporary).unlink(missing_ok=True)
