"""Which card the driver tells of, on machines that are made up."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from inference.runtime import cards
from inference.runtime.cards import PROCESSOR, Card, find_card


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer of Linux's without a card."""
    monkeypatch.setattr(cards, "NVIDIA_MODULE", tmp_path / "version")
    monkeypatch.setattr(cards, "AMD_NODES", tmp_path / "nodes")
    monkeypatch.setattr(cards.sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def write_tool(folder: Path, out: str, code: int = 0) -> None:
    tool = folder / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(out)}\nexit {code}\n", encoding="utf-8")
    tool.chmod(0o755)


def test_none() -> None:
    assert find_card() == PROCESSOR


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for the tool")
def test_the_best_of_nvidia_s(tmp_path: Path) -> None:
    write_tool(tmp_path, "580.65.06, 7.5, NVIDIA T4\n580.65.06, 9.0, NVIDIA H100, 80 GB\n")
    assert find_card() == Card("cuda", "NVIDIA H100, 80 GB", (580, 65), (9, 0))


@pytest.mark.parametrize(
    ("out", "code"), [("Failed to initialize NVML\n", 9), ("No devices were found\n", 0)]
)
def test_a_tool_that_fails_leaves_it_to_the_driver(tmp_path: Path, out: str, code: int) -> None:
    write_tool(tmp_path, out, code)
    assert find_card() == PROCESSOR
    text = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024\nGCC 12.2.0\n"
    (tmp_path / "version").write_text(text, encoding="utf-8")
    assert find_card() == Card("cuda", "NVIDIA graphics card", (535, 183))


def test_the_open_module_tells_its_version_too(tmp_path: Path) -> None:
    text = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build\n"
    (tmp_path / "version").write_text(text, encoding="utf-8")
    assert find_card().driver == (580, 95)


def test_amd_s_are_nodes_with_compute_units(tmp_path: Path) -> None:
    for index, units in enumerate((0, 256)):
        node = tmp_path / "nodes" / str(index)
        node.mkdir(parents=True)
        (node / "properties").write_text(f"cpu_cores_count 8\nsimd_count {units}\n", encoding="utf-8")
        assert (find_card().kind == "rocm") is (units > 0)


def test_apple_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards.sys, "platform", "darwin")
    monkeypatch.setattr(cards.platform, "machine", lambda: "arm64")
    assert find_card().kind == "mps"
    monkeypatch.setattr(cards.platform, "machine", lambda: "x86_64")
    assert find_card() == PROCESSOR
