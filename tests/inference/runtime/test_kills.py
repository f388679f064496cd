"""An installation that is killed, at any moment, leaves a working engine: the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inference.runtime.environments import EnvironmentStore
from inference.runtime.lists import RequirementList
from tests.inference.runtime.wheels import engine_list, install, version_in_use

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills groups of processes"),
]

KILLS = int(os.environ.get("PENTIMENTO_KILLS", "20"))
FILES = 150


def start(
    requirements: RequirementList, links: Path, store: EnvironmentStore, *more: str
) -> subprocess.Popen[bytes]:
    program = Path(__file__).with_name("killed_install.py")
    words = [sys.executable, program, requirements.path, links, store.folder, store.cache, *more]
    return subprocess.Popen(list(map(str, words)), start_new_session=True)


def check_whole(store: EnvironmentStore, requirements: RequirementList, links: Path) -> None:
    """After one more installation that nobody disturbs, there is the new one and nothing else."""
    install(requirements, links, store)
    assert version_in_use(store) == "2.0"
    environment = store.current()
    assert environment is not None
    assert {path.name for path in store.folder.iterdir()} == {environment.id, "current", "lock"}
    assert not store.cache.exists()


def test_killed_at_random_moments(store: EnvironmentStore, tmp_path: Path) -> None:
    old, old_links = engine_list(tmp_path, "1.0")
    install(old, old_links, store)
    new, links = engine_list(tmp_path, "2.0", FILES)
    began = time.monotonic()
    with start(new, links, EnvironmentStore(tmp_path / "other", tmp_path / "other cache")) as process:
        assert process.wait() == 0
    whole = time.monotonic() - began
    moments = random.Random(1)
    for _ in range(KILLS):
        with start(new, links, store) as process:
            try:
                process.wait(moments.uniform(0, whole))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        if (
            version_in_use(store) == "2.0"
        ):  # it was quicker, or was killed after its switch: from the old one again
            check_whole(store, new, links)
            install(old, old_links, store)
    assert version_in_use(store) == "1.0"
    check_whole(store, new, links)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", [1, 2, 3])
def test_killed_at_each_step_of_the_switch(
    store: EnvironmentStore, tmp_path: Path, call: int, when: str
) -> None:
    """The record, the folder, and the name of the one in use are put in their places, one after another."""
    install(*engine_list(tmp_path, "1.0"), store)
    new, links = engine_list(tmp_path, "2.0")
    with start(new, links, store, str(call), when) as process:
        assert process.wait() == -signal.SIGKILL
    assert version_in_use(store) == ("2.0" if (call, when) == (3, "after") else "1.0")
    check_whole(store, new, links)


def test_killed_where_there_was_none_it_begins_anew(store: EnvironmentStore, tmp_path: Path) -> None:
    new, links = engine_list(tmp_path, "2.0")
    with start(new, links, store, "2", "before") as process:
        process.wait()
    assert store.current() is None
    check_whole(store, new, links)
