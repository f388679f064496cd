"""Settings: their declarations, what is kept on disk, and what a broken file does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from editor.setting_table import SETTINGS, Setting
from editor.settings import Settings
from inference.folders import settings_folder

Log = pytest.LogCaptureFixture


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "settings.json"


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=list(SETTINGS))
def test_every_default_is_accepted_by_its_own_setting(setting: Setting) -> None:
    assert setting.accepts(setting.default)
    assert SETTINGS[setting.id] is setting
    assert setting.id.isascii() and " " not in setting.id
    if setting.page:
        assert setting.title and setting.help.endswith(".")


def test_without_a_file_there_are_defaults_and_nothing_is_written(path: Path) -> None:
    settings = Settings(path)
    assert {name: settings[name] for name in SETTINGS} == {n: s.default for n, s in SETTINGS.items()}
    assert not path.parent.exists()


def test_it_lies_in_the_programs_folder() -> None:
    settings = Settings()
    settings["brush-size"] = 33
    settings.save()
    assert (settings_folder() / "settings.json").is_file()
    assert Settings()["brush-size"] == 33


def test_what_is_saved_is_read_again(path: Path) -> None:
    settings = Settings(path)
    settings["theme"] = "dark"
    settings["brush-size"] = 1
    settings["engine-python"] = "/usr/bin/python3 ‘ü’"
    assert Settings(path)["theme"] == "system"  # not before it is saved
    settings.save()
    again = Settings(path)
    assert (again["theme"], again["brush-size"]) == ("dark", 1)
    assert again["engine-python"] == "/usr/bin/python3 ‘ü’"
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_defaults_are_not_written_down(path: Path) -> None:
    settings = Settings(path)
    settings["brush-size"] = SETTINGS["brush-size"].default
    settings.save()
    assert json.loads(path.read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "17", '"text"', b"\xff\xfe\x00", b"\x00" * 100, '{"theme": "dark"} and more'],
)
def test_a_broken_file_gives_defaults_and_is_logged(path: Path, caplog: Log, content: str | bytes) -> None:
    write(path, content)
    settings = Settings(path)
    assert settings["theme"] == "system"
    assert len(caplog.records) == 1 and str(path) in caplog.text
    caplog.clear()
    settings["theme"] = "light"
    settings.save()
    assert Settings(path)["theme"] == "light"


def test_a_folder_in_its_place_is_only_logged(path: Path, caplog: Log) -> None:
    path.mkdir(parents=True)
    settings = Settings(path)
    settings["theme"] = "light"
    settings.save()
    assert len(caplog.records) == 2
    assert settings["theme"] == "light"
    caplog.clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "purple"),
        ("theme", 1),
        ("theme", None),
        ("veil-opacity", "50"),
        ("veil-opacity", 50.0),
        ("veil-opacity", True),
        ("veil-opacity", 9),
        ("veil-opacity", 91),
        ("brush-size", 0),
        ("brush-size", 2001),
        ("brush-hardness", -1),
        ("engine-python", {}),
    ],
)
def test_what_a_setting_does_not_accept_counts_for_nothing(path: Path, name: str, value: object) -> None:
    write(path, json.dumps({name: value}))
    settings = Settings(path)
    assert settings[name] == SETTINGS[name].default
    heard: list[str] = []
    settings.on_change(heard.append)
    with pytest.raises(ValueError, match=name):
        settings[name] = value
    assert heard == []


@pytest.mark.parametrize(
    ("name", "value"), [("veil-opacity", 10), ("veil-opacity", 90), ("brush-size", 2000)]
)
def test_the_ends_of_a_range_are_part_of_it(path: Path, name: str, value: int) -> None:
    settings = Settings(path)
    settings[name] = value
    assert settings[name] == value


def test_an_unknown_id_is_a_mistake_of_the_program(path: Path) -> None:
    settings = Settings(path)
    with pytest.raises(KeyError):
        settings["no-such-setting"]
    with pytest.raises(KeyError):
        settings["no-such-setting"] = 1


def test_ids_that_this_version_does_not_know_are_kept(path: Path) -> None:
    write(path, '{"from-a-newer-version": {"a": [1, 2]}, "brush-size": 12}')
    settings = Settings(path)
    settings["brush-size"] = 13
    settings.save()
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "from-a-newer-version": {"a": [1, 2]},
        "brush-size": 13,
    }


def test_where_nothing_can_be_written_it_is_only_logged(tmp_path: Path, caplog: Log) -> None:
    """A file stands where the folder should be: that stops every user, root as well."""
    (tmp_path / "folder").write_text("in the way", encoding="utf-8")
    settings = Settings(tmp_path / "folder" / "settings.json")
    caplog.clear()
    settings["brush-size"] = 12
    settings.save()
    assert "could not be saved" in caplog.text
    caplog.clear()
    assert settings["brush-size"] == 12


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_only_logged(path: Path, caplog: Log) -> None:
    write(path, '{"brush-size": 12}')
    path.parent.chmod(0o500)
    try:
        settings = Settings(path)
        settings["brush-size"] = 13
        settings.save()
    finally:
        path.parent.chmod(0o700)
    assert "could not be saved" in caplog.text
    caplog.clear()
    assert Settings(path)["brush-size"] == 12


def test_a_save_that_fails_leaves_the_former_file(
    path: Path, caplog: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, '{"brush-size": 12}')
    settings = Settings(path)
    settings["brush-size"] = 13

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    settings.save()
    assert "No space left" in caplog.text
    caplog.clear()
    assert Settings(path)["brush-size"] == 12


def test_changes_are_told_once_and_only_when_something_changes(path: Path) -> None:
    settings = Settings(path)
    heard: list[tuple[str, object]] = []
    settings.on_change(lambda name: heard.append((name, settings[name])))
    settings["brush-size"] = 12
    settings["brush-size"] = 12
    settings["theme"] = "system"
    settings["theme"] = "dark"
    assert heard == [("brush-size", 12), ("theme", "dark")]


def test_who_has_disconnected_hears_no_more(path: Path) -> None:
    settings = Settings(path)
    first: list[str] = []
    second: list[str] = []
    disconnect = settings.on_change(first.append)
    settings.on_change(second.append)
    settings["brush-size"] = 12
    disconnect()
    disconnect()
    settings["brush-size"] = 13
    assert (first, second) == (["brush-size"], ["brush-size"] * 2)


def test_a_listener_may_disconnect_while_it_is_told(path: Path) -> None:
    settings = Settings(path)
    heard: list[str] = []

    def once(name: str) -> None:
        heard.append(name)
        disconnect()

    disconnect = settings.on_change(once)
    settings.on_change(heard.append)
    settings["brush-size"] = 12
    settings["brush-size"] = 13
    assert heard == ["brush-size"] * 3
