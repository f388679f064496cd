"""A process is killed at any instant of its editing: what comes back is what the journal had acknowledged, or later.

``PENTIMENTO_KILLS`` says how often; with 200 it takes some minutes.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from editor.files.journal_folder import JournalFolder
from editor.session_journal import bring_back
from tests.editor.journal_support import digest

KILLS = int(os.environ.get("PENTIMENTO_KILLS", "10"))
LINES = 100
"""Of a worker that has been killed last."""

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the workers are forked")


@pytest.fixture(scope="module")
def child() -> Iterator[subprocess.Popen[bytes]]:
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.editor.journal_child"],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    yield process
    process.communicate(timeout=60)
    assert process.returncode == 0


@dataclass
class Model:
    """What may come back: the digest of any point since the one that was acknowledged last, or nothing at all."""

    points: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: int = -1
    nothing: bool = True

    def hear(self, line: str) -> None:
        what, *values = line.split()
        if what == "point":
            self.points.append((values[0], values[1]))
        elif what == "written":
            later = range(self.acknowledged + 1, len(self.points))
            self.acknowledged = next(i for i in later if self.points[i][0] == values[0])
            self.nothing = False
        elif what == "closed":
            self.nothing = values[0] == "0"
            self.points, self.acknowledged = self.points[-1:], 0
        elif what == "new":
            self.points, self.acknowledged, self.nothing = [], -1, True

    @property
    def allowed(self) -> set[str | None]:
        digests: set[str | None] = {digest for _number, digest in self.points[max(self.acknowledged, 0) :]}
        return digests | ({None} if self.nothing else set())


def killed(child: subprocess.Popen[bytes], place: Path, seed: int) -> Model:
    """A worker has edited there, and was killed after some line, or a moment later."""
    assert child.stdin is not None and child.stdout is not None
    rng, count, pid = np.random.default_rng(seed), 0, 0
    told: list[str] = []
    child.stdin.write(f"{place} {seed}\n".encode())
    until = int(rng.integers(1, LINES))
    pending, lines = b"", [b""]
    while b"end" not in lines:
        pending += os.read(child.stdout.fileno(), 1 << 16)
        *lines, pending = pending.split(b"\n")
        for line in lines:
            if line.startswith(b"pid"):
                pid = int(line.split()[1])
            else:
                told.append(line.decode())
        count += len(lines)
        if count >= until and pid:
            select.select([child.stdout], [], [], float(rng.random()) * 0.02)
            os.kill(pid, signal.SIGKILL)
            until = 1 << 30
    model = Model()
    for heard in told:
        model.hear(heard)
    return model


def recovered(place: Path) -> str | None:
    """The digest of what comes back, all of whose steps can be walked."""
    folder = JournalFolder(place / "journals")
    orphans, problems = folder.orphans()
    assert not problems and len(orphans) <= 1
    found = folder.take_orphan(orphans[0]) if orphans else folder.take_kept(place / "picture.ora")
    assert not found.problem
    if found.store is None:
        return None
    session = bring_back(found.store, as_saved=not orphans).session()
    position, result = session.history.position, digest(session.document)
    session.history.go_to(0)
    session.history.go_to(len(session.history.labels))
    session.history.go_to(position)
    assert digest(session.document) == result
    found.store.close()
    return result


def test_nothing_that_was_acknowledged_is_lost(child: subprocess.Popen[bytes], tmp_path: Path) -> None:
    for seed in range(KILLS):
        place = tmp_path / str(seed)
        place.mkdir()
        model = killed(child, place, seed)
        assert recovered(place) in model.allowed, f"seed {seed}"
