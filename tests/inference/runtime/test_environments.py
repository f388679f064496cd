"""The store of engine environments: what is damaged there is told, and never used."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.runtime.environments import (
    PARTIAL,
    RECORD,
    Environment,
    EnvironmentStore,
    current_python,
    interpreter,
)
from inference.runtime.errors import SetupError


def make(store: EnvironmentStore, name: str = "env-1") -> Path:
    """One in use that holds nothing but its interpreter."""
    partial = store.folder / f"{name}{PARTIAL}"
    python = interpreter(partial)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    store.switch(partial, Environment(name, "linux-x86_64-cpu", "0", "cpu", "3.11.7", {}, 1, 0.0, 1.0))
    return store.folder / name


def test_at_first_there_is_none(store: EnvironmentStore) -> None:
    assert store.current() is None and current_python() == "" and not store.folder.exists()


def test_the_one_in_use(store: EnvironmentStore) -> None:
    folder = make(store)
    environment = store.current()
    assert environment is not None and environment.id == folder.name
    assert current_python() == str(interpreter(folder))


def delete_python(folder: Path) -> None:
    interpreter(folder).unlink()


def lose_the_systems_python(folder: Path) -> None:
    interpreter(folder).unlink()
    interpreter(folder).symlink_to("/usr/bin/python2.0")


def empty_record(folder: Path) -> None:
    (folder / RECORD).write_text("")


def record_of_the_future(folder: Path) -> None:
    values = json.loads((folder / RECORD).read_text())
    (folder / RECORD).write_text(json.dumps({**values, "version": 99}))


def record_of_another(folder: Path) -> None:
    values = json.loads((folder / RECORD).read_text())
    (folder / RECORD).write_text(json.dumps({**values, "id": "env-2"}))


def point_outside(folder: Path) -> None:
    (folder.parent / "current").write_text("../elsewhere")


def point_nowhere(folder: Path) -> None:
    (folder.parent / "current").write_text("env-7")


def garble(folder: Path) -> None:
    (folder.parent / "current").write_bytes(b"\xff\x00")


@pytest.mark.parametrize(
    "harm",
    [
        delete_python,
        lose_the_systems_python,
        empty_record,
        record_of_the_future,
        record_of_another,
        point_outside,
        point_nowhere,
        garble,
    ],
    ids=lambda harm: harm.__name__,
)
def test_what_is_damaged_is_told_and_not_used(store: EnvironmentStore, harm: Callable[[Path], None]) -> None:
    harm(make(store))
    with pytest.raises(SetupError, match="repair"):
        store.current()
    assert current_python() == ""


def test_tidying_leaves_the_one_in_use_alone(store: EnvironmentStore) -> None:
    old, folder = make(store), make(store, "env-2")
    (store.folder / f"env-3{PARTIAL}").mkdir()
    (store.folder / "python").mkdir()
    with store.held():
        assert store.tidy()
    assert folder.exists() and not old.exists()
    assert {path.name for path in store.folder.iterdir()} == {"env-2", "current", "lock", "python"}


def test_tidying_deletes_nothing_where_the_disk_does_not_tell_which_is_in_use(
    store: EnvironmentStore,
) -> None:
    folder, pointer = make(store), store.folder / "current"
    pointer.rename(pointer.with_suffix(".away"))
    pointer.mkdir()  # reading it fails, as from a disk with errors
    with store.held():
        assert not store.tidy() and folder.is_dir()
    pointer.rmdir()
    pointer.with_suffix(".away").rename(pointer)
    assert store.current() is not None


def test_what_an_interrupted_one_left_is_counted(store: EnvironmentStore) -> None:
    partial = store.new_folder()
    partial.mkdir(parents=True)
    (partial / "a").write_bytes(b"1234")
    store.cache.mkdir(parents=True)
    (store.cache / "b").write_bytes(b"123")
    assert store.leftover_bytes() == 7
    store.clear_cache()
    assert store.leftover_bytes() == 4
