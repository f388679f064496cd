"""An installation as a program of its own, to be killed: ``LIST WHEELS STORE CACHE [CALL WHEN | unchecked]``.

With ``CALL`` it kills its whole group at that call of os.replace, ``WHEN`` is "before" or "after" it. "unchecked": it
does not look for room on the disk first.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from inference.runtime.environments import EnvironmentStore
from inference.runtime.install import Installation
from inference.runtime.lists import read_list
from tests.inference.runtime.wheels import install


def die_at(number: int, when: str) -> None:
    """Counts the calls of os.replace."""
    real, calls = os.replace, [0]

    def replace(*words: object, **options: object) -> None:
        calls[0] += 1
        if calls[0] == number and when == "before":
            os.killpg(0, signal.SIGKILL)
        real(*words, **options)  # type: ignore[arg-type]
        if calls[0] == number:
            os.killpg(0, signal.SIGKILL)

    os.replace = replace  # type: ignore[assignment]


if __name__ == "__main__":
    requirements, wheels, store, cache = map(Path, sys.argv[1:5])
    if sys.argv[5:] == ["unchecked"]:
        Installation.check = lambda self: None  # type: ignore[method-assign]
    elif len(sys.argv) > 5:
        die_at(int(sys.argv[5]), sys.argv[6])
    install(read_list(requirements), wheels, EnvironmentStore(store, cache))
