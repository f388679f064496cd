"""What is read from a model's card and licence file."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.models.card import front_matter, licence_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("---\nlicense: mit\n---\nText", {"license": ["mit"]}),
        (
            "---\r\nlicense: 'mit'\r\ntags:\r\n- a\r\n- \"b c\"\r\n---\r\n",
            {"license": ["mit"], "tags": ["a", "b c"]},
        ),
        ("---\nprior: [org/a, org/b]\nempty:\n---\n", {"prior": ["org/a", "org/b"], "empty": []}),
        ("\ufeff---\nlicense: mit\n---", {"license": ["mit"]}),
        ("---\nlicense: mit\n", {}),
        ("# Card\n---\nlicense: mit\n---\n", {}),
        ("", {}),
    ],
)
def test_front_matter(text: str, found: dict[str, list[str]]) -> None:
    assert front_matter(text) == found


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({"README.md": "---\nlicense: openrail++\n---\n", "LICENSE": "MIT License"}, "openrail++"),
        ({"README.md": "---\nlicense: other\nlicense_name: my-licence\n---\n"}, "my-licence"),
        ({"README.md": "---\nlicense: other\n---\n"}, "other"),
        ({"README.md": "# Card", "LICENSE.txt": "   Apache License\n  Version 2.0\n"}, "apache-2.0"),
        ({"LICENCE.md": "\n\nOur own terms\nMore"}, "Our own terms"),
        ({"LICENSE": "x" * 500}, "x" * 60),
        ({}, ""),
    ],
)
def test_licences(tmp_path: Path, files: dict[str, str], licence: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert licence_of(tmp_path) == licence
    assert licence_of(tmp_path / "model.safetensors") == licence
