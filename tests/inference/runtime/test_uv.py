"""Uv is found beside the program, also packed, and a damaged one is told of."""

from __future__ import annotations

import lzma
import os
import sys
from pathlib import Path

import pytest

from inference.runtime import uv
from inference.runtime.errors import SetupError
from inference.runtime.uv import PACKED, find_uv, unpacked


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Beside a program."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "program" / "pentimento"))
    path = tmp_path / "program" / PACKED
    path.parent.mkdir()
    path.write_bytes(lzma.compress(b"a program" * 1000))
    return path


def test_a_packed_one_is_unpacked_where_it_is_used(packed: Path, tmp_path: Path) -> None:
    assert find_uv() == packed
    program = unpacked(packed, tmp_path / "cache")
    assert program.read_bytes() == b"a program" * 1000 and os.access(program, os.X_OK)
    assert unpacked(packed, tmp_path / "cache") == program
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["uv"]
    assert unpacked(program, tmp_path / "other") == program


@pytest.mark.parametrize("damage", [lambda whole: whole[:-20], lambda whole: b"nonsense"])
def test_a_damaged_one_is_told_of(packed: Path, tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    packed.write_bytes(damage(packed.read_bytes()))
    with pytest.raises(SetupError, match=r"damaged\. Install Pentimento anew"):
        unpacked(packed, tmp_path / "cache")
    assert not (tmp_path / "cache" / "uv").exists()


def test_the_system_s_certificates_are_used_where_it_has_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any, uv would refuse even to install from a folder."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setattr(uv.sys, "platform", "linux")
    bundle = tmp_path / "bundle.crt"
    monkeypatch.setattr(uv, "_CERTIFICATES", (str(bundle),))
    assert not uv._has_certificates()
    bundle.touch()
    assert uv._has_certificates()
