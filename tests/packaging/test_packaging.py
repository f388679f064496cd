"""What can be told of the packages without building one: names, versions, menu entry, dependencies, licences."""

from __future__ import annotations

import configparser
import plistlib
import shutil
import subprocess
import xml.etree.ElementTree as ET
from importlib.metadata import distribution
from pathlib import Path

import contents
import deb
import desktop
import licences
import project
import pytest

from editor.files.formats import FORMATS
from editor.ui.icons import PROGRAM_SIZES
from editor.version import version


@pytest.fixture
def share(tmp_path: Path) -> Path:
    desktop.write(tmp_path)
    return tmp_path


def test_every_package_has_the_version_of_the_program() -> None:
    assert project.version() == version()
    assert f"\nVersion: {version()}\n" in deb.control("amd64", 1, "2.36")
    (release,) = ET.fromstring(desktop.metainfo().encode()).iter("release")
    assert release.get("version") == version()
    assert contents.information_of_the_bundle()["CFBundleShortVersionString"] == version()


def test_the_date_is_given_or_that_of_the_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert project.source_date() == 86400 and 'date="1970-01-02"' in desktop.metainfo()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert project.source_date() > 86400


def test_the_menu_entry_offers_every_format_that_opens_without_more() -> None:
    assert desktop.MIME_TYPES.keys() == {row.id for row in FORMATS} - {"heif"}
    entry = configparser.ConfigParser(interpolation=None)
    entry.read_string(desktop.desktop_entry())
    offered = entry["Desktop Entry"]["MimeType"].rstrip(";").split(";")
    assert set(offered) == set(desktop.MIME_TYPES.values()) and len(offered) == len(set(offered))
    assert entry["Desktop Entry"]["Exec"] == "pentimento %F"


def test_the_windows_installer_offers_them_too() -> None:
    script = (project.ROOT / "packaging" / "windows.nsi").read_text(encoding="utf-8")
    for row in FORMATS:
        assert (f'${{WHAT}} "{row.suffixes[0]}"' in script) == (row.id in desktop.MIME_TYPES)


def test_the_bundle_of_macos_is_described_by_property_lists() -> None:
    information = contents.information_of_the_bundle()
    assert plistlib.loads(plistlib.dumps(information)) == information
    (types,) = information["CFBundleDocumentTypes"]
    assert types["LSHandlerRank"] == "Alternate"
    entitlements = (project.ROOT / "packaging" / "macos.entitlements").read_bytes()
    assert plistlib.loads(entitlements)["com.apple.security.cs.allow-jit"] is True


def test_icons_of_every_size_are_there(share: Path) -> None:
    folder = share / "icons" / "hicolor"
    sizes = {path.name for path in folder.iterdir()}
    assert sizes == {*(f"{size}x{size}" for size in PROGRAM_SIZES), "scalable"}
    assert all((folder / size / "apps").iterdir() for size in sizes)


@pytest.mark.parametrize(
    ("tool", "words", "file"),
    [
        ("desktop-file-validate", [], "applications/*.desktop"),
        ("appstreamcli", ["validate", "--no-net"], "metainfo/*.xml"),
        ("update-mime-database", [], "mime"),
    ],
)
def test_the_desktop_s_own_tools_accept_them(share: Path, tool: str, words: list[str], file: str) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    (path,) = share.glob(file)
    done = subprocess.run([tool, *words, str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_package_depends_on() -> None:
    packages = deb.depends("2.36")
    assert packages[0] == "libc6 (>= 2.36)"
    assert {"libegl1", "libxkbcommon-x11-0", "libxcb-cursor0", "libwayland-client0", "zlib1g"} <= set(
        packages
    )
    assert len(packages) == len(set(packages))


def test_the_c_library_is_the_newest_that_a_binary_asks_for(tmp_path: Path) -> None:
    assert deb.libc_version(tmp_path) == "2.17"
    (tmp_path / "a.so.1").write_bytes(b"\0GLIBC_2.9\0GLIBC_2.28\0")
    (tmp_path / "b.so").write_bytes(b"\0GLIBC_2.4\0")
    (tmp_path / "note.txt").write_bytes(b"GLIBC_2.99")
    assert deb.libc_version(tmp_path) == "2.28"


@pytest.mark.parametrize(
    ("name", "source", "goes"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "/venv/site-packages/x.so", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", "C:\\x.dll", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", "/venv/site-packages/x.so", False),
        ("PySide6\\plugins\\platforms\\qminimal.dll", "C:\\x.dll", False),
        ("PySide6/Qt/translations/qt_de.qm", "/venv/site-packages/qt_de.qm", False),
        ("cv2/cv2.abi3.so", "/usr/lib/python3/dist-packages/cv2/cv2.abi3.so", True),
        ("source/inference/host.py", "/src/inference/host.py", True),
    ],
)
def test_what_goes_along(name: str, source: str, goes: bool) -> None:
    assert contents.is_shipped(name, source) == goes


def test_of_the_system_s_libraries_only_those_of_python_s_modules_go_along() -> None:
    on_linux = contents.is_of_the_system("/usr/lib/x86_64-linux-gnu/libX11.so.6")
    assert on_linux and not contents.is_of_the_system("/venv/lib/python3.11/site-packages/cv2/cv2.abi3.so")


def test_engines_are_named_for_the_host() -> None:
    assert {"inference.engines.content_aware", "inference.engines.patchmatch"} <= set(
        contents.modules_by_name()
    )


def test_the_licences_are_those_of_what_is_shipped() -> None:
    numpy, qt = distribution("numpy"), distribution("PySide6-Essentials")
    sources = [
        Path(str(one.locate_file(f"{name}/__init__.py"))) for one, name in ((numpy, "numpy"), (qt, "PySide6"))
    ]
    assert [one.name.lower() for one in licences.shipped(sources)] == ["numpy", "pyside6_essentials"]
    whole = licences.document(sources)
    assert all(f"\n{one.name} {one.version} (" in whole for one in (numpy, qt))
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in whole and "Apache License" in whole


def test_a_library_of_nobody_s_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licences.sysconfig, "get_path", lambda _name: str(tmp_path))
    with pytest.raises(RuntimeError, match="no distribution"):
        licences.shipped([tmp_path / "stray.so"])


def test_the_windows_installer_s_script_compiles(tmp_path: Path) -> None:
    if shutil.which("makensis") is None:
        pytest.skip("makensis is not installed")
    program = tmp_path / "program"
    program.mkdir()
    (program / "pentimento.exe").write_bytes(b"MZ")
    installer = tmp_path / "Pentimento-setup.exe"
    definitions = {"VERSION": version(), "PROGRAM": program, "INSTALLER": installer}
    words = ["makensis", "-V2", "-WX", *(f"-D{name}={value}" for name, value in definitions.items())]
    script = project.ROOT / "packaging" / "windows.nsi"
    done = subprocess.run([*words, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and installer.is_file(), done.stdout + done.stderr


def test_a_package_of_a_small_program_is_read_by_dpkg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(shutil.which(tool) is None for tool in ("dpkg-deb", "xz", "ar")):
        pytest.skip("no Debian tools here")
    program = tmp_path / "pentimento"
    program.mkdir()
    (program / "pentimento").write_bytes(b"\x7fELF GLIBC_2.30\0")
    (program / "LICENCES.txt").write_text("Licences", encoding="utf-8")
    monkeypatch.setattr(deb, "OUT", tmp_path)
    package = deb.build(program, program / "LICENCES.txt")
    first = package.read_bytes()

    def ask(*words: str) -> str:
        return subprocess.run(["dpkg-deb", *words], capture_output=True, text=True, check=True).stdout

    assert ask("--field", str(package), "Version").strip() == version()
    assert "libc6 (>= 2.30)" in ask("--field", str(package), "Depends")
    assert "-rwxr-xr-x root/root" in next(
        line
        for line in ask("--contents", str(package)).splitlines()
        if line.endswith(" ./usr/lib/pentimento/pentimento")
    )
    ask("--extract", str(package), str(tmp_path / "installed"))
    usr = tmp_path / "installed" / "usr"
    assert (usr / "bin" / "pentimento").resolve() == usr / "lib" / "pentimento" / "pentimento"
    assert (usr / "share" / "doc" / "pentimento" / "copyright").read_text(encoding="utf-8") == "Licences"
    assert deb.build(program, program / "LICENCES.txt").read_bytes() == first, "the same again, byte for byte"
