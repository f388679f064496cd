"""The command ``data``: what is kept is listed, and removed only when that is wanted and nothing is open."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from editor.cli_data import KINDS
from editor.data_command import kept
from editor.files.journal_folder import JournalFolder
from editor.session import Session
from editor.single_instance import Reception
from inference.runtime.environments import EnvironmentStore
from main import main
from tests.editor.journal_support import crash, journalled, paint, small_document


@pytest.fixture
def home(own_folders: Path) -> Path:
    for one in kept():
        (one.folder / "inner").mkdir(parents=True)
        (one.folder / "inner" / "file").write_bytes(b"x" * 1000)
    return own_folders


def there(home: Path) -> set[str]:
    return {one.id for one in kept() if (one.folder / "inner" / "file").is_file()}


def test_the_parser_and_the_command_know_the_same_kinds() -> None:
    assert tuple(one.id for one in kept()) == KINDS


def test_everything_is_listed_with_its_size(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["kept"]
    assert {row["id"] for row in rows} == set(KINDS) and all(row["bytes"] >= 1000 for row in rows)
    assert main(["data", "list"]) == 0
    assert str(home) in capsys.readouterr().out
    assert there(home) == set(KINDS)


def test_what_is_asked_for_is_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "remove", "settings", "models", "--yes"]) == 0
    assert there(home) == {"journals", "cache", "engine"}
    assert main(["data", "remove", "--yes"]) == 0
    assert not there(home) and "Removed." in capsys.readouterr().out
    assert main(["data", "remove", "--yes"]) == 0
    assert "nothing to remove" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "goes"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_it_asks(home: Path, monkeypatch: pytest.MonkeyPatch, answer: str, goes: bool) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert main(["data", "remove"]) == 0
    assert there(home) == (set() if goes else set(KINDS))


def test_where_nobody_can_be_asked_nothing_is_removed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["data", "remove"]) == 2
    assert "--yes" in capsys.readouterr().err and there(home) == set(KINDS)
    assert main(["data", "remove", "pictures"]) == 2 and there(home) == set(KINDS)


def test_nothing_is_removed_from_under_an_open_window(
    home: Path, qapp: QApplication, capsys: pytest.CaptureFixture[str]
) -> None:
    reception = Reception()
    assert reception.claim()
    try:
        assert main(["data", "remove", "--yes"]) == 2
    finally:
        reception.close()
    assert "close its window first" in capsys.readouterr().err and there(home) == set(KINDS)
    assert main(["data", "remove", "--yes"]) == 0 and not there(home)


def test_nothing_is_removed_from_under_a_window_on_another_screen(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session(small_document())
    journal = journalled(session, JournalFolder())
    paint(session, session.active, 1)  # type: ignore[arg-type]
    journal.journal.flush()
    try:
        assert main(["data", "remove", "--yes"]) == 2
    finally:
        crash(journal)
    assert "close its window first" in capsys.readouterr().err and there(home) == set(KINDS)
    assert main(["data", "remove", "--yes"]) == 0 and not there(home)


def test_nothing_is_removed_from_under_an_installation(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with EnvironmentStore().held():
        for kinds in (["engine"], ["cache"], []):
            assert main(["data", "remove", *kinds, "--yes"]) == 2
            assert "making or removing the engine" in capsys.readouterr().err and there(home) == set(KINDS)
        assert main(["data", "remove", "settings", "--yes"]) == 0
    assert main(["data", "remove", "--yes"]) == 0 and not there(home)


def test_a_folder_that_is_a_link_is_only_unlinked(home: Path, tmp_path: Path) -> None:
    (one,) = (one for one in kept() if one.id == "models")
    elsewhere = tmp_path / "elsewhere"
    one.folder.rename(elsewhere)
    one.folder.symlink_to(elsewhere)
    assert main(["data", "remove", "models", "--yes"]) == 0
    assert not one.folder.exists() and (elsewhere / "inner" / "file").is_file()


def test_what_lies_in_a_folder_that_is_a_link_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Models are large: a user may have put the folder that holds them on another disk."""
    other_disk, link = tmp_path / "other disk", tmp_path / "pentimento"
    (other_disk / "models" / "inner").mkdir(parents=True)
    link.symlink_to(other_disk)
    monkeypatch.setenv("PENTIMENTO_HOME", str(link))
    assert main(["data", "remove", "models", "--yes"]) == 0
    assert not list(other_disk.iterdir()) and link.is_symlink()
