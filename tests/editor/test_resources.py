"""Where the program's own files are found, from the checkout and frozen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from editor.resources import resource

ROOT = Path(__file__).resolve().parents[2]


def test_they_lie_in_the_checkout_wherever_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resource() == ROOT / "resources"
    assert resource("icons", "open.svg").is_file()


def test_a_frozen_program_has_them_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource("icons", "open.svg") == tmp_path / "resources" / "icons" / "open.svg"


def test_every_sample_photo_is_listed_with_its_source() -> None:
    sources = resource("samples", "SOURCES.md").read_text(encoding="utf-8")
    photos = {path.name for path in resource("samples").iterdir() if "-mask" not in path.name}
    assert photos > {"SOURCES.md"}
    assert [name for name in photos - {"SOURCES.md"} if name not in sources] == []
