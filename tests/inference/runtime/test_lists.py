"""The lists that are shipped, and which of them a machine gets."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import lock
import pytest

from inference.runtime.cards import PROCESSOR, Card
from inference.runtime.errors import SetupError
from inference.runtime.lists import FOLDER, RequirementList, choose, platform_id, read_list

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted(FOLDER.glob("*.txt"))
GOOD = Card("cuda", "NVIDIA RTX 4070", (580, 65), (8, 9))


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def shipped(request: pytest.FixtureRequest) -> RequirementList:
    return read_list(request.param)


def test_some_are_shipped() -> None:
    assert {"linux-x86_64-cuda", "linux-x86_64-cpu", "macos-arm64-mps", "windows-x86_64-cpu"} <= {
        path.stem for path in SHIPPED
    }


def test_each_is_one_that_the_script_makes(shipped: RequirementList) -> None:
    target = lock.TARGETS[shipped.id]
    assert (shipped.device, shipped.backend) == (target.device, target.backend)
    assert set(shipped.pythons) <= set(lock.PYTHONS)
    assert shipped.download == sum(shipped.sizes.values()) < shipped.installed


def test_every_file_has_a_checksum(shipped: RequirementList) -> None:
    lines = [line for line in shipped.path.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
    assert len(lines) == len(shipped.sizes) > 40
    for line in lines:
        assert re.fullmatch(r"[a-z0-9-]+==\S+( ; .*)?( --hash=sha256:[0-9a-f]{64})+  # \d+", line)


def test_the_versions_are_those_that_the_program_is_tested_with(shipped: RequirementList) -> None:
    """Write the lists anew where this fails: packaging/lock.py."""
    pinned = dict(
        re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    )
    pinned = {name.lower().replace("_", "-"): version for name, version in pinned.items()}
    ours = {name: version.partition("+")[0] for name, version in shipped.versions.items()}
    assert {name: ours[name] for name in pinned.keys() & ours.keys()} == {
        name: pinned[name] for name in pinned.keys() & ours.keys()
    }


def test_they_hold_all_that_engines_ask_for(shipped: RequirementList) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]["engine"]) <= shipped.versions.keys()
    assert {
        "numba",
        "numpy",
        "opencv-python-headless",
        "pillow",
        "platformdirs",
        "psutil",
    } <= shipped.versions.keys()


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("linux", "aarch64", "linux-arm64"),
        ("win32", "AMD64", "windows-x86_64"),
        ("darwin", "arm64", "macos-arm64"),
    ],
)
def test_platforms(system: str, machine: str, expected: str) -> None:
    assert platform_id(system, machine) == expected


def test_a_card_gets_the_list_that_is_for_it() -> None:
    choice = choose("auto", GOOD, prefix="linux-x86_64")
    assert (choice.requirements.id, choice.card, choice.why) == ("linux-x86_64-cuda", GOOD, "")
    assert choose("auto", PROCESSOR, prefix="linux-x86_64").requirements.id == "linux-x86_64-cpu"
    assert choose("auto", Card("mps", "Apple"), prefix="macos-arm64").requirements.device == "mps"


def test_what_is_asked_for_comes_before_what_is_there() -> None:
    assert choose("cpu", GOOD, prefix="linux-x86_64").requirements.device == "cpu"
    choice = choose("cuda", PROCESSOR, prefix="linux-x86_64")
    assert choice.requirements.device == "cuda" and choice.card.kind == "cuda"


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        (
            Card("cuda", "Titan", (535, 183), (8, 9)),
            "The driver of Titan is 535.183; torch needs 580.0 or newer",
        ),
        (Card("cuda", "GTX 1080", (580, 65), (6, 1)), "GTX 1080 is too old for today's torch"),
        (Card("rocm", "Radeon"), "This release has no engine for AMD graphics cards on linux-x86_64."),
    ],
)
def test_a_card_that_no_list_serves_gets_the_processor_s_and_is_told(card: Card, sentence: str) -> None:
    choice = choose("auto", card, prefix="linux-x86_64")
    assert choice.requirements.device == "cpu" and choice.card == PROCESSOR
    assert choice.why.startswith(sentence) and "on the processor, slowly" in choice.why
    with pytest.raises(SetupError, match=re.escape(sentence)):
        choose(card.kind, card, prefix="linux-x86_64")


def test_where_there_is_none_it_says_so() -> None:
    with pytest.raises(SetupError, match="no engine for the processor on plan9-mips") as caught:
        choose("auto", PROCESSOR, prefix="plan9-mips")
    assert caught.value.is_input


@pytest.mark.parametrize(
    "text", ["", "# device: cpu\n", "\x00\xff", "# device: cpu\n# python: 3\n# download: much\n"]
)
def test_a_damaged_list_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x-cpu.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SetupError, match="cannot be read"):
        choose("cpu", PROCESSOR, tmp_path, "x")
