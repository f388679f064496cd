"""Fill quality: random regions of photos held out and filled by the content-aware engine and its peers, then judged.

``python -m tests.benchmarks.fill_quality IMAGES… [--against telea,gmic,resynthesizer] [--cases N] [--seed S]
[--sheet FOLDER]`` prints the figures of each case and the comparison with each peer; with ``--sheet`` it also writes
pictures to look at. Without images it takes the sample. A peer that is not installed is named and left out.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from inference.engines import content_aware
from tests.benchmarks.fill_cases import Case, cases
from tests.benchmarks.fill_methods import OURS, PEERS, Method, missing, ours
from tests.benchmarks.fill_metrics import Bools, Picture
from tests.benchmarks.fill_scores import Comparison, Score, compare
from tests.benchmarks.report import Figure, Goal, shown
from tests.benchmarks.surroundings import SAMPLE

SIDE = 1024
"""Photos are scaled down to this, in pixels at the longer side."""

RATIO_GOAL, INTERVAL_GOAL, SPEED_GOAL = 0.60, 0.85, 8.0
"""Against G'MIC: the ratio of costs, the upper end of its interval, and how many times faster."""
TEXTURE_GOAL = 1.0
"""Against G'MIC on random texture alone: the ratio of costs."""
WON_GOALS = {"gmic": 0.70, "resynthesizer": 0.75, "telea": 0.75}
"""The least share of cases won."""

_GROUP_CASES = 3
_SHEET_MARGIN = 40
_OUTLINE = (255, 0, 255)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One case and the scores of all methods that could fill it."""

    case: Case
    scores: dict[str, Score]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.fill_quality", description=__doc__)
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGES", help="photos; none: the sample")
    parser.add_argument("--against", default=",".join(PEERS), help="peers, parted by commas (default: all)")
    parser.add_argument("--cases", type=int, default=3, help="cases of each photo (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="of the holes and of the engine (default: 1)")
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="write a picture of each case there")
    options = parser.parse_args(arguments)
    peers = [peer for peer in options.against.split(",") if peer]
    unknown = [peer for peer in peers if peer not in PEERS]
    if unknown:
        parser.error(f"no peer is called {', '.join(unknown)}; there are {', '.join(PEERS)}")
    methods: dict[str, Method] = {OURS: ours(options.seed)}
    for peer in peers:
        reason = missing(peer)
        if reason is None:
            methods[peer] = PEERS[peer]
        else:
            print(f"{peer} is left out: {reason}.")
    if options.sheet:
        options.sheet.mkdir(parents=True, exist_ok=True)
    content_aware.warm()
    print(_line("case", ["method", *_NAMES]))
    rows: list[Row] = []
    for case in cases(options.images or [SAMPLE], options.cases, options.seed, SIDE):
        row, pictures = run(case, methods)
        rows.append(row)
        for name, score in row.scores.items():
            print(_line(_title(case) if name == OURS else "", [name, *_figures(score)]), flush=True)
        if options.sheet:
            path = options.sheet / f"{len(rows):03d}-{case.photo}-{case.kind}.png"
            cv2.imwrite(str(path), sheet(case, pictures)[..., ::-1])
    print("\n".join(summary(rows)))
    return 0


def measure(tell: Callable[[str], None]) -> list[Figure]:
    """The sample's few cases, as rows of the benchmarks' common table."""
    methods: dict[str, Method] = {OURS: ours(1)}
    methods |= {peer: PEERS[peer] for peer in ("telea", "gmic") if missing(peer) is None}
    rows = []
    for index, case in enumerate(cases([SAMPLE], _GROUP_CASES, 1, SIDE)):
        tell(f"{index} of {_GROUP_CASES}")
        rows.append(run(case, methods)[0])
    figures = []
    mine = [row.scores[OURS] for row in rows]
    for peer in ("telea", "gmic"):
        theirs = [row.scores[peer] for row in rows if peer in row.scores]
        note = missing(peer) or f"{_GROUP_CASES} held-out regions of the sample; few, see fill_quality.py"
        base = Figure(f"fill cost, {peer}", [score.cost for score in theirs], "", note=note)
        goal = Goal(ratio_below=RATIO_GOAL) if peer == "gmic" and theirs else None
        figures += [
            base,
            Figure(f"fill cost, against {peer}", [score.cost for score in mine], "", base, goal),
        ]
    return figures


def run(case: Case, methods: dict[str, Method]) -> tuple[Row, dict[str, Picture]]:
    """Fills one case by every method; their scores and pictures."""
    scores: dict[str, Score] = {}
    pictures: dict[str, Picture] = {}
    for name, method in methods.items():
        filled = method(case.holed, case.hole)
        scores[name], pictures[name] = Score.of(filled, case), filled.picture
    return Row(case, scores), pictures


def summary(rows: Sequence[Row]) -> list[str]:
    """The means of each method, and our engine against each peer with the goals."""
    lines = ["", _line(f"mean of {len(rows)}", ["method", *_NAMES])]
    peers = [name for name in PEERS if any(name in row.scores for row in rows)]
    for name in (OURS, *peers):
        scores = [row.scores[name] for row in rows if name in row.scores]
        lines.append(_line("", [name, *_figures(_mean(scores))]))
    lines.append("")
    for peer in peers:
        lines += [_verdict(peer, "all", rows)]
        textures = [row for row in rows if row.case.is_random_texture]
        if textures:
            lines += [_verdict(peer, "random texture", textures)]
        speed = statistics.median(row.scores[peer].seconds / row.scores[OURS].seconds for row in rows)
        goal = f" (goal: ≥ {shown(SPEED_GOAL)}, {_met(speed >= SPEED_GOAL)})" if peer == "gmic" else ""
        lines.append(f"{peer}: takes {shown(speed)} times as long{goal}")
    return lines


def sheet(case: Case, pictures: dict[str, Picture]) -> Picture:
    """(h, w, 3): the truth with the hole's outline, then each fill, at full size around the hole, named above."""
    rows, columns = np.flatnonzero(case.hole.any(axis=1)), np.flatnonzero(case.hole.any(axis=0))
    part = (
        slice(max(0, rows[0] - _SHEET_MARGIN), rows[-1] + 1 + _SHEET_MARGIN),
        slice(max(0, columns[0] - _SHEET_MARGIN), columns[-1] + 1 + _SHEET_MARGIN),
    )
    panels = [("truth", _outlined(case.truth, case.hole)), *pictures.items()]
    named = []
    for name, picture in panels:
        panel = cv2.copyMakeBorder(picture[part], 22, 0, 0, 6, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        cv2.putText(panel, name, (3, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
        named.append(panel)
    return np.asarray(np.concatenate(named, axis=1), np.uint8)


_NAMES = [field.name for field in fields(Score)]


def _verdict(peer: str, which: str, rows: Sequence[Row]) -> str:
    costs = [[row.scores[name].cost for row in rows] for name in (OURS, peer)]
    found = compare(costs[0], costs[1], [row.case.photo for row in rows])
    return (
        f"{peer}, {which}: cost × {shown(found.ratio)} (95 %: {shown(found.low)}–{shown(found.high)}), "
        f"{100 * found.won:.0f} % of {found.cases} won{_goals(peer, which, found)}"
    )


def _goals(peer: str, which: str, found: Comparison) -> str:
    goals: list[str] = []
    if which == "all":
        if peer == "gmic":
            goals.append(f"cost ≤ {RATIO_GOAL} {_met(found.ratio <= RATIO_GOAL)}")
            goals.append(f"interval below {INTERVAL_GOAL} {_met(found.high < INTERVAL_GOAL)}")
        goals.append(f"won ≥ {100 * WON_GOALS[peer]:.0f} % {_met(found.won >= WON_GOALS[peer])}")
    elif peer == "gmic":
        goals.append(f"cost ≤ {TEXTURE_GOAL} {_met(found.ratio <= TEXTURE_GOAL)}")
    return f" (goals: {', '.join(goals)})" if goals else ""


def _met(met: bool) -> str:
    return "met" if met else "NOT met"


def _mean(scores: Sequence[Score]) -> Score:
    columns = {}
    for name in _NAMES:
        values = [getattr(score, name) for score in scores if getattr(score, name) is not None]
        columns[name] = statistics.fmean(values) if values else None
    return Score(**columns)


def _title(case: Case) -> str:
    texture = ", texture" if case.is_random_texture else ""
    return f"{case.photo}, {case.kind} {100 * case.hole.mean():.0f} %{texture}"


def _figures(score: Score) -> list[str]:
    values = [getattr(score, name) for name in _NAMES]
    return ["–" if value is None else shown(value) for value in values]


def _line(title: str, cells: Sequence[str]) -> str:
    return f"{title:<36}{cells[0]:<15}" + "".join(f"{cell:>10}" for cell in cells[1:])


def _outlined(picture: Picture, hole: Bools) -> Picture:
    outline = (cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~hole
    return np.where(outline[..., None], np.array(_OUTLINE, np.uint8), picture)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
