"""The version: one number, kept in pyproject.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from editor import version as module
from editor.version import version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    version.cache_clear()
    yield
    version.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, number: str | None) -> None:
    def find(name: str) -> str:
        assert name == "pentimento"
        if number is None:
            raise metadata.PackageNotFoundError(name)
        return number

    monkeypatch.setattr(metadata, "version", find)


def elsewhere(monkeypatch: pytest.MonkeyPatch, folder: Path, project: str | None) -> None:
    """The module lies in another folder, with this pyproject.toml above it."""
    (folder / "editor").mkdir()
    if project is not None:
        (folder / "pyproject.toml").write_text(project, encoding="utf-8")
    monkeypatch.setattr(module, "__file__", str(folder / "editor" / "version.py"))


def test_it_is_that_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "99")
    found = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert found is not None and version() == found[1]


@pytest.mark.parametrize(
    "project", [None, "", "not = [toml", '[project]\nname = "another"\nversion = "7"\n', "[project]\n"]
)
def test_elsewhere_it_is_that_of_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str | None
) -> None:
    elsewhere(monkeypatch, tmp_path, project)
    installed(monkeypatch, "1.2.3")
    assert version() == "1.2.3"


def test_without_either_it_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch, tmp_path, None)
    installed(monkeypatch, None)
    assert version() == "unknown"
