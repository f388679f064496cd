"""Making an engine environment of small wheels, and everything that can go wrong with it: the one in use stays."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.client import host_command
from inference.runtime import install as install_module
from inference.runtime import pythons, uv
from inference.runtime.environments import EnvironmentStore, current_python
from inference.runtime.errors import SetupCancelled, SetupError
from inference.runtime.install import Installation, SetupProgress, remove
from inference.runtime.lists import read_list
from tests.inference.runtime.wheels import (
    SELF_TEST,
    engine_list,
    install,
    version_in_use,
    write_list,
    write_wheel,
)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever tries to reach something finds nothing there."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.fixture
def old(store: EnvironmentStore, tmp_path: Path) -> EnvironmentStore:
    """The store with version 1 in use."""
    install(*engine_list(tmp_path, "1.0"), store)
    return store


def names(store: EnvironmentStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir() if path.name.startswith("env-"))


def test_it_is_made_tested_and_in_use(store: EnvironmentStore, tmp_path: Path) -> None:
    requirements, links = engine_list(tmp_path, "1.0")
    told: list[SetupProgress] = []
    made = Installation(requirements, store, links, SELF_TEST).run(told.append)
    assert store.current() == made and version_in_use(store) == "1.0"
    assert made.requirements == requirements.id and made.digest == requirements.digest
    assert made.packages == dict.fromkeys(("torch", "diffusers", "transformers"), "1.0")
    assert made.bytes > 0 and made.python == "3.x 1.0"
    stages = list(dict.fromkeys(progress.stage for progress in told))
    assert stages == ["python", "fetch", "unpack", "test", "switch"]
    assert all(0 <= progress.done <= progress.total <= requirements.download for progress in told)
    assert names(store) == [made.id] and not store.cache.exists()


def test_hosts_run_in_it_where_the_settings_name_no_other(store: EnvironmentStore, tmp_path: Path) -> None:
    own = host_command()
    assert own[0] == sys.executable
    install(*engine_list(tmp_path, "1.0"), store)
    environment = store.current()
    assert environment is not None
    assert host_command() == [str(store.python_of(environment)), *own[1:]]
    assert host_command("/other/python")[0] == "/other/python"
    remove(store)
    assert host_command() == own


def test_a_new_one_takes_the_place_of_the_old_one(old: EnvironmentStore, tmp_path: Path) -> None:
    before = names(old)
    install(*engine_list(tmp_path, "2.0"), old)
    assert version_in_use(old) == "2.0"
    assert len(names(old)) == 1 and names(old) != before


def test_the_old_one_stays_while_a_host_runs_in_it(old: EnvironmentStore, tmp_path: Path) -> None:
    python = current_python(old)
    with subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE) as host:
        install(*engine_list(tmp_path, "2.0"), old)
        assert version_in_use(old) == "2.0" and len(names(old)) == 2
        assert Path(python).exists()
        host.communicate(b"\n")
    with old.held():
        assert old.tidy()
    assert len(names(old)) == 1 and version_in_use(old) == "2.0"


def test_it_is_removed(old: EnvironmentStore) -> None:
    remove(old)
    assert old.current() is None and current_python(old) == "" and not names(old)
    remove(old)  # and once more, where there is none


def damage_hash(requirements: Path, links: Path) -> None:
    text = requirements.read_text(encoding="utf-8")
    requirements.write_text(re.sub(r"(torch==.*sha256:).{6}", r"\g<1>000000", text), encoding="utf-8")


def damage_wheel(requirements: Path, links: Path) -> None:
    wheels = sorted(links.glob("*.whl"))
    torch = next(wheel for wheel in wheels if wheel.name.startswith("torch"))
    torch.write_bytes(torch.read_bytes()[:3000])
    write_list(requirements, wheels)  # its checksum is right: it was made so


def damage_contents(requirements: Path, links: Path) -> None:
    torch = write_wheel(links, "torch", "2.0")
    other = write_wheel(links, "diffusers", "2.1")
    write_list(requirements, [torch, other, *links.glob("transformers*")])


def lose_wheel(requirements: Path, links: Path) -> None:
    next(links.glob("diffusers*")).unlink()


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (damage_hash, r"\(torch\) is not what it should be: its checksum is wrong.*Put the right file into"),
        (damage_wheel, r"\(torch\) is damaged and cannot be unpacked"),
        (lose_wheel, r"\(diffusers\) is not there, or not in the version that is needed"),
        (damage_contents, r"The new engine does not work, and is not used: AssertionError"),
    ],
)
def test_what_is_wrong_with_the_files_is_told_and_the_old_one_stays(
    old: EnvironmentStore, tmp_path: Path, harm: Callable[[Path, Path], None], sentence: str
) -> None:
    requirements, links = engine_list(tmp_path, "2.0")
    harm(requirements.path, links)
    with pytest.raises(SetupError) as caught:
        install(read_list(requirements.path), links, old)
    assert re.search(sentence, str(caught.value)), f"{caught.value}\n{caught.value.detail}"
    assert str(caught.value).count("\n") == 0
    assert version_in_use(old) == "1.0" and len(names(old)) == 1


def test_where_it_failed_it_can_be_begun_again(old: EnvironmentStore, tmp_path: Path) -> None:
    requirements, links = engine_list(tmp_path, "2.0")
    torch = next(links.glob("torch*"))
    aside = shutil.copy(torch, tmp_path)
    torch.unlink()
    with pytest.raises(SetupError):
        install(requirements, links, old)
    shutil.copy(aside, links)
    install(requirements, links, old)
    assert version_in_use(old) == "2.0"


@pytest.mark.parametrize("stage", ["python", "fetch", "unpack", "test", "switch"])
def test_it_can_be_cancelled_at_each_stage(old: EnvironmentStore, tmp_path: Path, stage: str) -> None:
    requirements, links = engine_list(tmp_path, "2.0")
    seen: list[str] = []
    with pytest.raises(SetupCancelled):
        Installation(requirements, old, links, SELF_TEST).run(
            lambda progress: seen.append(progress.stage), lambda: stage in seen
        )
    assert version_in_use(old) == "1.0" and len(names(old)) == 1
    install(requirements, links, old)
    assert version_in_use(old) == "2.0"


def test_a_self_test_that_never_ends_can_be_cancelled(old: EnvironmentStore, tmp_path: Path) -> None:
    requirements, links = engine_list(tmp_path, "2.0")
    started = tmp_path / "started"
    hang = (
        "-c",
        f"import pathlib; pathlib.Path({str(started)!r}).touch(); input_ = __import__('threading').Event().wait()",
    )
    with pytest.raises(SetupCancelled):
        Installation(requirements, old, links, hang).run(cancelled=started.exists)
    assert version_in_use(old) == "1.0"


def test_two_at_once_are_one_too_many(old: EnvironmentStore, tmp_path: Path) -> None:
    requirements, links = engine_list(tmp_path, "2.0")
    with old.held(), pytest.raises(SetupError, match="Another Pentimento"):
        install(requirements, links, old)
    with old.held(), pytest.raises(SetupError, match="Another Pentimento"):
        remove(old)
    assert version_in_use(old) == "1.0"


def test_too_little_room_is_told_before_anything_is_done(
    old: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=5_000_000)
    monkeypatch.setattr(install_module.shutil, "disk_usage", lambda _place: usage)
    with pytest.raises(SetupError, match=r"needs 1\.1 GB on the disk of .*only 0\.0 GB are free"):
        install(*engine_list(tmp_path, "2.0"), old)
    assert version_in_use(old) == "1.0"


def test_a_disk_that_becomes_full_on_the_way(old: EnvironmentStore, tmp_path: Path) -> None:
    """In a file system of its own, which only a namespace of one's own gives a user without rights."""
    requirements, links = engine_list(tmp_path, "2.0", files=200)
    old.cache.mkdir(parents=True)
    mount = f'mount -t tmpfs -o size=500k tmpfs "{old.cache}"'
    program = Path(__file__).with_name("killed_install.py")
    namespace = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*namespace, mount], capture_output=True, check=False).returncode
    ):
        pytest.skip("no file system can be mounted here")
    words = [sys.executable, program, requirements.path, links, old.folder, old.cache, "unchecked"]
    command = [*namespace, f'{mount} && exec "$@"', "sh", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "SetupError: The disk is full. Make room there" in done.stderr, done.stderr
    assert version_in_use(old) == "1.0"
    install(requirements, links, old)
    assert version_in_use(old) == "2.0"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_to(store: EnvironmentStore, tmp_path: Path) -> None:
    store.folder.mkdir(parents=True)
    store.folder.chmod(0o500)
    with pytest.raises(SetupError, match="cannot be written"):
        install(*engine_list(tmp_path, "1.0"), store)
    store.folder.chmod(0o700)


def test_without_uv_nothing_is_done(
    old: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv.sys, "executable", str(tmp_path / "pentimento"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"The program uv, .* is missing: .*Install Pentimento anew"):
        install(*engine_list(tmp_path, "2.0"), old)


def test_without_a_python_it_says_which_one_to_install(
    old: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = uv.find_uv()
    monkeypatch.setattr(install_module, "find_uv", lambda: program)
    monkeypatch.setattr(pythons, "is_frozen", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    requirements, links = engine_list(tmp_path, "2.0")
    with pytest.raises(
        SetupError, match=r"needs Python 3\.11, 3\.12 or 3\.13, which is not on this computer"
    ):
        install(requirements, links, old)
    assert version_in_use(old) == "1.0"


def test_a_packaged_program_takes_the_system_s_python(
    store: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pythons, "is_frozen", lambda: True)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).resolve().parent}{os.pathsep}{os.environ['PATH']}")
    install(*engine_list(tmp_path, "1.0"), store)
    assert version_in_use(store) == "1.0"


def test_a_folder_without_wheels_is_refused(old: EnvironmentStore, tmp_path: Path) -> None:
    requirements, _links = engine_list(tmp_path, "2.0")
    for folder in (tmp_path / "gone", old.folder):
        with pytest.raises(SetupError, match="There are no wheels") as caught:
            install(requirements, folder, old)
        assert caught.value.is_input


def test_what_other_programs_set_up_has_no_say(
    store: EnvironmentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "PYTHONPATH",
        "PYTHONHOME",
        "UV_TARGET",
        "UV_PYTHON",
        "PIP_TARGET",
        "VIRTUAL_ENV",
        "QT_PLUGIN_PATH",
    ):
        monkeypatch.setenv(name, "/nowhere")
    install(*engine_list(tmp_path, "1.0"), store)
    assert store.current() is not None
