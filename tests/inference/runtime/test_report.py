"""What is made of uv's report: how far it is, what has arrived for the next time, and sentences for what went wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inference.runtime.install import SetupProgress, _Fetch
from inference.runtime.uv import explain
from tests.inference.runtime.wheels import engine_list


def test_bytes_that_are_unpacked_tell_how_far_it_is(tmp_path: Path) -> None:
    requirements, _links = engine_list(tmp_path, "1.0")
    told: list[SetupProgress] = []
    fetch = _Fetch(requirements, tmp_path / "arrived.txt", told.append)
    for line, written in (
        ("Downloading torch (12.0KiB)", 0),
        ("", requirements.installed // 4),
        ("", requirements.installed // 2),
        (" Downloaded torch", 0),
        ("", 100 * requirements.installed),
        ("Prepared 3 packages in 1ms", 0),
    ):
        fetch.hear(line, written)
    done = [progress.done for progress in told]
    assert done[0] == 0 and done[-2] == requirements.download
    assert done[1:3] == pytest.approx([requirements.download / 4, requirements.download / 2], abs=2)
    assert told[3].package == "torch" and told[-1].stage == "unpack"
    assert all(progress.total == requirements.download for progress in told[:-1])


def test_what_has_arrived_before_counts(tmp_path: Path) -> None:
    requirements, _links = engine_list(tmp_path, "1.0")
    notes = tmp_path / "arrived.txt"
    _Fetch(requirements, notes, lambda progress: None).hear(" Downloaded torch", 0)
    told: list[SetupProgress] = []
    again = _Fetch(requirements, notes, told.append)
    again.tell()
    assert told[-1].done == requirements.sizes["torch"]
    again.hear(" Downloaded diffusers", 0)
    assert told[-1].done == requirements.sizes["torch"] + requirements.sizes["diffusers"]
    newer, _links = engine_list(tmp_path, "2.0")
    _Fetch(newer, notes, told.append).tell()
    assert told[-1].done == 0, "of another version nothing has arrived"
    notes.write_bytes(b"\xff\xfe")
    _Fetch(requirements, notes, told.append).tell()
    assert told[-1].done == 0


@pytest.mark.parametrize(
    ("log", "sentence", "is_known"),
    [
        (
            "error: Failed to download `h11==0.16.0`\n  cause: Hash mismatch for `h11==0.16.0`",
            r"A package \(h11\) is not what it should be: its checksum is wrong.* Again\.",
            True,
        ),
        (
            "error: Failed to download `idna==3.20`\n  cause: Failed to extract archive: idna.whl\n"
            "  cause: failed to write to file `/x`: No space left on device (os error 28)",
            r"The disk is full\.",
            True,
        ),
        (
            "error: Failed to download `idna==3.20`\n  cause: Failed to extract archive: idna.whl",
            r"A package \(idna\) is damaged and cannot be unpacked\. Again\.",
            True,
        ),
        (
            "error: No solution found when resolving dependencies\n  cause: Because idna was not found in the provided "
            "package locations and you require idna==3.20, we can conclude",
            r"A package \(idna\) is not there",
            True,
        ),
        (
            "error: Request failed after 3 retries in 8.9s\n  cause: error sending request for url (https://x/simple/h/)",
            r"A package could not be fetched\. Is this computer online\?",
            True,
        ),
        ("error: failed to create directory: Permission denied (os error 13)", r"cannot be written to", True),
        ("error: Something new.", r"A package could not be installed \(Something new\)\.", False),
        ("", r"A package could not be installed \(it said nothing\)\.", False),
    ],
)
def test_what_went_wrong_is_a_sentence(log: str, sentence: str, is_known: bool) -> None:
    told, known = explain(log, "A package", "Again.")
    assert re.search(sentence, told)
    assert known == is_known and "\n" not in told
