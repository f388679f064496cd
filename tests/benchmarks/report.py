"""Report: the figures of a run, whether they meet their goals, and how they are printed and stored."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ("what", "median", "spread", "runs", "against", "ratio", "goal", "")


@dataclass(frozen=True, slots=True)
class Goal:
    """``below`` bounds the median, ``ratio_below`` its ratio to what it is measured against; None: no bound."""

    below: float | None = None
    ratio_below: float | None = None

    def is_met(self, value: float, ratio: float | None) -> bool:
        """A ratio that was asked for and could not be had is not met."""
        if self.below is not None and not value <= self.below:
            return False
        return self.ratio_below is None or (ratio is not None and ratio <= self.ratio_below)

    def text(self, unit: str) -> str:
        parts = []
        if self.below is not None:
            parts.append(f"≤ {shown(self.below)} {unit}")
        if self.ratio_below is not None:
            parts.append(f"ratio ≤ {shown(self.ratio_below)}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. ``samples`` are all runs that count; ``against`` is another row of the same run, in the same unit.

    Without samples it could not be measured, and ``note`` says why.
    """

    name: str
    samples: Sequence[float]
    unit: str
    against: Figure | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def value(self) -> float | None:
        return statistics.median(self.samples) if self.samples else None

    @property
    def ratio(self) -> float | None:
        """Of the two medians."""
        if self.against is None or self.value is None or not self.against.value:
            return None
        return self.value / self.against.value

    @property
    def met(self) -> bool | None:
        """None where there is no goal, or nothing was measured."""
        if self.goal is None or self.value is None:
            return None
        return self.goal.is_met(self.value, self.ratio)

    def facts(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "name": self.name,
            "value": _rounded(self.value),
            "unit": self.unit,
            "against": self.against.name if self.against else None,
            "ratio": _rounded(self.ratio),
            "goal": self.goal.text(self.unit) if self.goal else None,
            "met": self.met,
            "samples": [_rounded(sample) for sample in self.samples],
            "note": self.note or None,
        }


def write(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps([figure.facts() for figure in figures], indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def table(figures: Sequence[Figure]) -> str:
    """Aligned columns, with the notes below."""
    rows = [COLUMNS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("─" * width for width in widths))
    lines += [f"{figure.name}: {figure.note}" for figure in figures if figure.note]
    return "\n".join(line.rstrip() for line in lines)


def shown(value: float) -> str:
    """Three digits that count: 0.0123, 4.56, 78.9, 1234."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _cells(figure: Figure) -> tuple[str, ...]:
    goal = figure.goal.text(figure.unit) if figure.goal else ""
    against = figure.against.name if figure.against else ""
    ratio = "" if figure.ratio is None else shown(figure.ratio)
    if figure.value is None:
        return figure.name, "–", "", "0", against, ratio, goal, "not measured"
    spread = f"{shown(min(figure.samples))}–{shown(max(figure.samples))}" if len(figure.samples) > 1 else ""
    verdict = {None: "", True: "met", False: "NOT met"}[figure.met]
    median = f"{shown(figure.value)} {figure.unit}"
    return figure.name, median, spread, str(len(figure.samples)), against, ratio, goal, verdict


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
