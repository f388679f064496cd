"""The benchmarks: ``python -m tests.benchmarks [part of a name …]`` measures, prints a table, writes out/bench.json.

Nothing fails for being slow: the table says which goals are met. The exit code is 1 where something could not run.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Sequence

from tests.benchmarks import (
    cancel,
    compositing,
    diffusion_overhead,
    event_loop,
    files,
    fill_quality,
    fill_time,
    first_start,
    harmonise,
    journal,
    kernels,
    mask_preparation,
    paint_latency,
    selections,
    spot_heal,
    stroke,
    undo,
    view,
    window_start,
)
from tests.benchmarks.report import Figure, table, write
from tests.benchmarks.surroundings import ROOT, own_home, warm_kernels

GROUPS: dict[str, Callable[[Callable[[str], None]], list[Figure]]] = {
    "window-start": window_start.measure,
    "first-start": first_start.measure,
    "event-loop": event_loop.measure,
    "cancel": cancel.measure,
    "compositing": compositing.measure,
    "files": files.measure,
    "fill-time": fill_time.measure,
    "spot-heal": spot_heal.measure,
    "harmonise": harmonise.measure,
    "journal": journal.measure,
    "fill-quality": fill_quality.measure,
    "kernels": kernels.measure,
    "stroke": stroke.measure,
    "paint-latency": paint_latency.measure,
    "mask-preparation": mask_preparation.measure,
    "selections": selections.measure,
    "diffusion-overhead": diffusion_overhead.measure,
    "undo": undo.measure,
    "view": view.measure,
}
"""Each is given a function to tell how far it is, and gives its rows."""

OUTPUT = ROOT / "out" / "bench.json"


def main(parts: Sequence[str]) -> int:
    chosen = {name: group for name, group in GROUPS.items() if not parts or any(p in name for p in parts)}
    if not chosen:
        print(f"No benchmark is called that. There are: {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    figures: list[Figure] = []
    failed: list[str] = []
    with own_home():
        _tell("kernels")("making sure that they are compiled")
        warm_kernels()
        for name, measure in chosen.items():
            try:
                figures += measure(_tell(name))
            except Exception:
                failed.append(name)
                _tell(name)("failed")
                traceback.print_exc()
    _tell("")("")
    write(figures, OUTPUT)
    print(table(figures))
    missed = sum(figure.met is False for figure in figures)
    goals = sum(figure.met is not None for figure in figures)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(
        f"\n{goals - missed} of {goals} goals met. It took {time.monotonic() - began:.0f} s on {os.cpu_count()} "
        f"cores{load}, Python {platform.python_version()}. The figures are in {OUTPUT.relative_to(ROOT)}."
    )
    for name in failed:
        print(f"{name} could not be measured: see above", file=sys.stderr)
    return 1 if failed else 0


def _tell(group: str) -> Callable[[str], None]:
    """Writes how far a group is on one line of the terminal; elsewhere nothing."""

    def tell(text: str) -> None:
        if sys.stderr.isatty():
            line = f"{group}: {text}" if group else ""
            print(f"\r{line:<78}\r{line}", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
