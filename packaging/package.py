"""Builds the packaged editor and this system's installers: `python packaging/package.py [OPTION]`.

On Linux a .deb and an AppDir with its squashfs, on Windows an installer (makensis), on macOS a disk image (hdiutil);
with --offline, on Linux, the .deb that runs diffusion models by itself. All of it, with its checksums, comes to
out/package.
"""

from __future__ import annotations

import argparse
import compileall
import hashlib
import lzma
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path

import appdir
import contents
import deb
import licences
import offline
import trimming
from PIL import Image
from project import NAME, OUT, ROOT, TITLE, source_date, version

from editor.licences import FILE

SOURCES = OUT / "sources.txt"
"""Where the recipe for PyInstaller leaves the paths of all that it has collected, one a line."""


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the packaged editor and this system's installers.")
    parser.add_argument("--folder-only", action="store_true", help="build the program's folder and stop")
    parser.add_argument(
        "--offline", action="store_true", help="build the bundle with torch for the processor"
    )
    parser.add_argument(
        "--wrap-only",
        action="store_true",
        help="build the installers of the folder that is there, signed meanwhile",
    )
    arguments = parser.parse_args()
    if arguments.offline and sys.platform != "linux":
        parser.error("the offline bundle is a package for Debian")
    if arguments.wrap_only:
        program, texts = OUT / NAME, OUT / NAME / FILE
        if not texts.is_file():
            parser.error(f"there is no program in {program}: build it with --folder-only")
    else:
        program, texts = build_program(arguments.offline)
    say(f"The program: {program.relative_to(ROOT)}, {_size(program) / 1e6:.0f} MB")
    if arguments.folder_only:
        return 0
    made: list[Path] = []
    if arguments.offline:
        made = [deb.build(program, texts, offline=True)]
    elif sys.platform == "linux":
        made = [deb.build(program, texts), appdir.build(program, texts)]
    elif sys.platform == "win32":
        made = [_windows_installer()]
    elif sys.platform == "darwin":
        made = [_disk_image()]
    ours = sorted(path for path in OUT.iterdir() if version() in path.name and path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in ours]
    (OUT / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    for path in made:
        say(f"Made {path.relative_to(ROOT)}, {path.stat().st_size / 1e6:.0f} MB")
    return 0


def build_program(with_engine: bool = False) -> tuple[Path, Path]:
    """The program's folder, and the text with the licences of what is in it. ``with_engine``: with what diffusion
    models need."""
    OUT.mkdir(parents=True, exist_ok=True)
    _write_icons()
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date()), "PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(OUT), "--workpath", str(OUT / "work")]
    subprocess.run([*command, str(ROOT / "packaging" / "pentimento.spec")], env=environment, check=True)
    program = OUT / NAME
    inner = program / "_internal"
    paths = [Path(line) for line in SOURCES.read_text(encoding="utf-8").splitlines()]
    paths.append(_add_uv(program))
    # PyInstaller's loader starts the program.
    paths.append(Path(str(distribution("pyinstaller").locate_file("PyInstaller/__init__.py"))))
    if with_engine:
        paths += offline.add(inner)
    texts = program / FILE
    texts.write_text(licences.document(paths), encoding="utf-8")
    if sys.platform == "darwin":  # the bundle was made before
        contents_of_bundle = OUT / f"{TITLE}.app" / "Contents"
        shutil.copyfile(texts, contents_of_bundle / "Resources" / FILE)
        shutil.copy2(program / "uv", contents_of_bundle / "MacOS" / "uv")
    # What is installed by root cannot be compiled by who starts it, and its dates may change on the way.
    for name in contents.KERNEL_PACKAGES:
        compileall.compile_dir(
            inner.joinpath(*name.split(".")),
            quiet=1,
            stripdir=str(inner),
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    if sys.platform == "linux":
        trimming.trim(inner)
    return program, texts


def say(line: str) -> None:
    """Tells whoever started it."""
    print(line, file=sys.stderr)


def _add_uv(program: Path) -> Path:
    """Puts the program uv, which makes engine environments, where ``inference.runtime.uv`` looks for it; returns where
    it came from."""
    suffix = ".exe" if sys.platform == "win32" else ""
    source = Path(sysconfig.get_path("scripts")) / f"uv{suffix}"
    if sys.platform == "linux":
        code = {"x86_64": [{"id": lzma.FILTER_X86}]}.get(platform.machine(), [])
        packed = lzma.compress(source.read_bytes(), filters=[*code, {"id": lzma.FILTER_LZMA2, "preset": 9}])
        (program / "uv.xz").write_bytes(packed)
    else:
        shutil.copy2(source, program / source.name)
    return source


def _write_icons() -> None:
    """The program's icon in the formats of the other systems."""
    suffix = {"win32": ".ico", "darwin": ".icns"}.get(sys.platform)
    if suffix:
        with Image.open(ROOT / "resources" / "icons" / f"{NAME}-512.png") as icon:
            icon.save(OUT / f"{NAME}{suffix}")


def _windows_installer() -> Path:
    installer = OUT / f"{TITLE}-{version()}-setup.exe"
    definitions = {"VERSION": version(), "PROGRAM": str(OUT / NAME), "INSTALLER": str(installer)}
    words = [f"-D{name}={value}" for name, value in definitions.items()]
    makensis = shutil.which("makensis") or r"C:\Program Files (x86)\NSIS\makensis.exe"
    subprocess.run([makensis, "-V2", *words, str(ROOT / "packaging" / "windows.nsi")], check=True)
    return installer


def _disk_image() -> Path:
    folder = OUT / "dmg"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copytree(OUT / f"{TITLE}.app", folder / f"{TITLE}.app", symlinks=True)
    (folder / "Applications").symlink_to("/Applications")
    image = OUT / f"{TITLE}-{version()}.dmg"
    command = ["hdiutil", "create", "-volname", TITLE, "-srcfolder", str(folder), "-ov", "-format", "ULFO"]
    subprocess.run([*command, str(image)], check=True)
    return image


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main())
