"""What goes wrong at the command line: one sentence, the right exit code, no output, and the original untouched."""

from __future__ import annotations

import errno
import os
import signal
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from main import main
from tests.editor.cli_support import (
    StandIn,
    finish,
    is_running,
    make_mask,
    make_photo,
    mask_array,
    start,
    wait_until,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in host is a shell script")


@pytest.fixture
def home(own_folders: Path) -> Path:
    """Where the program keeps its settings and all else during a test."""
    return own_folders


@pytest.fixture
def stand_in(home: Path) -> StandIn:
    return StandIn(home, "paint")


@pytest.fixture
def desk(home: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder with photo.png and mask.png, whose bytes must be the same at the end, and an empty folder "out"."""
    desk = tmp_path / "desk"
    (desk / "out").mkdir(parents=True)
    files = [make_photo(desk / "photo.png"), make_mask(desk / "mask.png")]
    before = [file.read_bytes() for file in files]
    yield desk
    assert [file.read_bytes() for file in files] == before


def fill_words(desk: Path, **other: object) -> list[str]:
    names = {
        "photo": desk / "photo.png",
        "mask": desk / "mask.png",
        "output": desk / "out" / "out.png",
        **other,
    }
    return ["fill", str(names["photo"]), "--mask", str(names["mask"]), "-o", str(names["output"])]


def assert_refused(words: list[str], capsys: pytest.CaptureFixture[str], *told: str, code: int = 2) -> None:
    assert main(words) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pentimento: ") and err.endswith(".\n") and err.count("\n") == 1
    for words_ in told:
        assert words_ in err


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + end


def bad_picture(folder: Path, kind: str) -> Path:
    if kind == "missing":
        return folder / "missing.png"
    path = folder / f"{kind}.png"
    if kind == "text":
        path = folder / "text.jpg"
        path.write_text("This is no picture.\n")
    elif kind == "truncated":
        whole = make_photo(path).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(png_header(0, 0) if kind == "zero" else png_header(60_000, 60_000))
    return path


KINDS = ["missing", "text", "truncated", "empty", "folder", "zero", "huge"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["photo", "mask"])
def test_a_bad_picture(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str], kind: str, role: str
) -> None:
    bad = bad_picture(desk, kind)
    before = bad.read_bytes() if bad.is_file() else None
    assert_refused(fill_words(desk, **{role: bad}), capsys, bad.name)
    assert (bad.read_bytes() if bad.is_file() else None) == before
    assert not stand_in.was_asked
    assert not list((desk / "out").iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_export_of_a_bad_picture(desk: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    bad = bad_picture(desk, kind)
    assert_refused(["export", str(bad), str(desk / "out" / "out.png")], capsys, bad.name)
    assert not list((desk / "out").iterdir())


@pytest.mark.parametrize("shape", ["grey", "rgba"])
def test_an_empty_mask(desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str], shape: str) -> None:
    size = (120, 160) if shape == "grey" else (120, 160, 4)
    mask = make_mask(desk / "empty.png", np.zeros(size, np.uint8))
    assert_refused(fill_words(desk, mask=mask), capsys, "empty.png", "empty")
    assert not stand_in.was_asked


def test_a_mask_of_another_size(desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    mask = make_mask(desk / "small.png", mask_array(100, 110))
    assert_refused(fill_words(desk, mask=mask), capsys, "100×110", "160×120")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("nowhere/out.png", "not there"),
        ("out", "folder"),
        ("out/out.xyz", "out.xyz"),
        ("out/out.gif", "out.gif"),
        ("out/noname", "noname"),
        ("photo.png", "would overwrite"),
        ("mask.png", "would overwrite"),
        ("photo.png/out.png", "not there"),
    ],
)
def test_an_output_that_cannot_be(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str], output: str, told: str
) -> None:
    assert_refused(fill_words(desk, output=desk / output), capsys, told)
    if output != "mask.png":
        assert_refused(["export", str(desk / "photo.png"), str(desk / output)], capsys, told)
    assert not stand_in.was_asked, "it must be known before minutes of computing"


def test_the_input_is_not_overwritten_by_another_of_its_names(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "out" / "link.png").symlink_to(desk / "photo.png")
    os.link(desk / "photo.png", desk / "out" / "out-2.png")
    assert_refused(fill_words(desk, output=desk / "out" / "link.png"), capsys, "would overwrite")
    assert_refused([*fill_words(desk), "--count", "3"], capsys, "out-2.png", "would overwrite")


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "out").chmod(0o555)
    try:
        assert_refused(fill_words(desk), capsys, "Nothing can be written", "“out”")
        assert not stand_in.was_asked
    finally:
        (desk / "out").chmod(0o755)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that not even root can write to")
def test_a_folder_that_nobody_can_write_to(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(fill_words(desk, output="/proc/self/out.png"), capsys, "Nothing can be written")
    assert not stand_in.was_asked


def test_a_full_disk(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (desk / "out" / "out.png").write_bytes(b"older")
    monkeypatch.setattr(os, "fsync", full)
    assert_refused(fill_words(desk), capsys, "out.png")
    assert (desk / "out" / "out.png").read_bytes() == b"older"
    assert [file.name for file in (desk / "out").iterdir()] == ["out.png"]


@pytest.mark.parametrize("suffix", [".png", ".ora"])
def test_a_disk_that_is_full_half_way(desk: Path, stand_in: StandIn, suffix: str) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
    words = fill_words(desk, output=desk / "out" / f"out{suffix}")
    code, out, err = finish(start(*words, before=limit))
    assert code == 2
    assert out == ""
    assert err.startswith("pentimento: ") and err.count("\n") == 1
    assert not list((desk / "out").iterdir())


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--prompt", "a hat"], "prompt"),
        (["--negative", "a hat"], "negative"),
        (["--steps", "5"], "steps"),
        (["--guidance", "2.5"], "guidance"),
        (["--model", "some"], "model"),
        (["--device", "cuda"], "cuda"),
        (["--engine", "magic"], "magic"),
        (["--count", "0"], "--count"),
        (["--count", "65"], "--count"),
        (["--feather", "501"], "--feather"),
        (["--feather", "-1"], "--feather"),
        (["--steps", "0"], "--steps"),
        (["--guidance", "nan"], "--guidance"),
        (["--seed", "-1"], "--seed"),
        (["--seed", "many"], "--seed"),
        (["--device", "abacus"], "--device"),
        (["--what"], "--what"),
    ],
)
def test_options_that_cannot_be(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert_refused([*fill_words(desk), *options], capsys, told)
    assert not stand_in.was_asked


def test_a_forgotten_mask(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(["fill", str(desk / "photo.png"), "-o", str(desk / "out" / "a.png")], capsys, "--mask")


@pytest.mark.parametrize(("mode", "code"), [("engine", 3), ("memory", 3), ("input", 2), ("nothing", 3)])
def test_an_engine_that_fails(
    desk: Path, home: Path, capsys: pytest.CaptureFixture[str], mode: str, code: int
) -> None:
    StandIn(home, mode)
    assert_refused(fill_words(desk), capsys, code=code)
    assert not list((desk / "out").iterdir())


def test_an_engine_that_does_not_start(desk: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    StandIn(home, "paint")
    (home / "stand-in-python").unlink()
    assert_refused(fill_words(desk), capsys, code=3)


def test_a_host_that_is_killed(desk: Path, home: Path) -> None:
    host = StandIn(home, "hang")
    process = start(*fill_words(desk))
    os.kill(host.heard(process)["pid"], signal.SIGKILL)
    code, out, err = finish(process)
    assert (code, out) == (3, "")
    assert err.startswith("pentimento: The engine was ended from outside")
    assert not list((desk / "out").iterdir())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fill_leaves_nothing_behind(desk: Path, home: Path, how: signal.Signals) -> None:
    host = StandIn(home, "hang")
    process = start(*fill_words(desk))
    pid = host.heard(process)["pid"]
    process.send_signal(how)
    code, out, err = finish(process)
    assert (code, out) == (130, "")
    assert err == "pentimento: Interrupted; no file was left half-written.\n"
    wait_until(lambda: not is_running(pid))
    assert not list((desk / "out").iterdir())


@pytest.mark.parametrize("box", ["box", "1,2,3", "0,0,0,9", "-1,0,5,5", "1,2,3,4,5", "99999999999,0,1,1"])
def test_a_context_that_is_none(desk: Path, capsys: pytest.CaptureFixture[str], box: str) -> None:
    assert_refused([*fill_words(desk), f"--context={box}"], capsys, "--context")


def test_a_box_beside_the_photo(desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused([*fill_words(desk), "--context", "500,0,40,40"], capsys, "outside the picture")
    assert not stand_in.was_asked


def test_a_source_that_is_empty_or_of_another_size(
    desk: Path, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = make_mask(desk / "empty.png", np.zeros((120, 160), np.uint8))
    assert_refused([*fill_words(desk), "--source", str(empty)], capsys, "source", "where to copy from")
    small = make_mask(desk / "small.png", mask_array(100, 110))
    assert_refused([*fill_words(desk), "--source", str(small)], capsys, "source", "100×110")
    missing = str(desk / "missing.png")
    assert_refused([*fill_words(desk), "--source", missing], capsys, "missing.png")
    assert not stand_in.was_asked
