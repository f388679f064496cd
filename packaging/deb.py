"""The Debian package: /usr/lib/pentimento, a command, and what the desktop needs; no scripts run at install."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from email.utils import formatdate
from pathlib import Path

import desktop
from project import MAINTAINER, NAME, OUT, project, source_date, version
from system_libraries import FONT_PACKAGE, NEEDED_LIBRARIES, WINDOW_LIBRARIES

OFFLINE_NAME = f"{NAME}-offline"

_OTHER_PACKAGES = ("libexpat1", "libgcc-s1", "libstdc++6", "libuuid1", "zlib1g")
"""Libraries of Python's and of the compiler's that every system has, and that are not packed."""


def depends(libc: str) -> list[str]:
    """The packages without which the window does not open. ``libc``: the version that the binaries ask for."""
    packages = {*NEEDED_LIBRARIES.values(), *WINDOW_LIBRARIES.values(), *_OTHER_PACKAGES}
    return [f"libc6 (>= {libc})", *sorted(packages), f"{FONT_PACKAGE} | fonts-noto-core | fonts-liberation"]


def libc_version(folder: Path) -> str:
    """The least version of the C library that has all that the binaries in ``folder`` ask for."""
    newest = (2, 17)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and (".so" in path.name or path.name == NAME):
            for found in re.findall(rb"GLIBC_(\d+)\.(\d+)\b", path.read_bytes()):
                newest = max(newest, (int(found[0]), int(found[1])))
    return f"{newest[0]}.{newest[1]}"


def control(architecture: str, installed_kib: int, libc: str, offline: bool = False) -> str:
    """The package's description for apt. ``offline``: of the bundle that runs diffusion models by itself, which takes
    the place of the other."""
    instead = f"Provides: {NAME} (= {version()})\nConflicts: {NAME}\nReplaces: {NAME}\n" if offline else ""
    models = (
        "runs diffusion models of your own on the processor."
        if offline
        else "diffusion models of your own can be added."
    )
    return f"""\
Package: {package_name(offline)}
Version: {version()}
Architecture: {architecture}
Maintainer: {MAINTAINER}
Installed-Size: {installed_kib}
Depends: {", ".join(depends(libc))}
Recommends: ca-certificates, hicolor-icon-theme, python3 (>= 3.11)
{instead}Section: graphics
Priority: optional
Description: {project()["description"].rstrip(".")}
 Paint a mask or draw a lasso around what you want gone, press Fill, and the
 result comes back as a new layer. Nothing below it is ever touched. Works
 offline; {models}
"""


def package_name(offline: bool) -> str:
    """Of the editor alone, or of the offline bundle."""
    return OFFLINE_NAME if offline else NAME


def build(program: Path, licences: Path, offline: bool = False) -> Path:
    """Packs the frozen ``program``; returns the path of the package."""
    root = OUT / ("deb-offline" if offline else "deb")
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "usr" / "lib" / NAME
    shutil.copytree(program, folder, symlinks=True)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / NAME).symlink_to(f"../lib/{NAME}/{NAME}")
    desktop.write(root / "usr" / "share")
    doc = root / "usr" / "share" / "doc" / package_name(offline)
    doc.mkdir(parents=True)
    (doc / "copyright").symlink_to(f"../../../lib/{NAME}/{licences.name}")
    entry = (
        f"{package_name(offline)} ({version()}) stable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n"
        f" -- {MAINTAINER}  {formatdate(source_date())}\n"
    )
    (doc / "changelog.gz").write_bytes(gzip.compress(entry.encode(), 9, mtime=0))

    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (root / "DEBIAN").mkdir()
    (root / "DEBIAN" / "control").write_text(
        control(architecture, _kib(root / "usr"), libc_version(folder), offline), encoding="utf-8"
    )
    _set_modes(root)
    package = OUT / f"{package_name(offline)}_{version()}_{architecture}.deb"
    _pack(root, architecture, package, quick=offline)
    return package


def _pack(root: Path, architecture: str, package: Path, quick: bool) -> None:
    """As dpkg-deb does (deb(5)), but for xz's filter for machine code, without which it grows by several MB. ``quick``:
    by zstd, which Debian 12 and Ubuntu 18.04 read, and which takes minutes where xz takes half an hour."""
    filters = {"amd64": ["--x86"], "arm64": ["--arm64"]}.get(architecture, [])
    xz = ["xz", "--stdout", "-T0"]
    data = (
        ("zst", ["zstd", "--stdout", "-T0", "--long=27", "-12"])
        if quick
        else ("xz", [*xz, *filters, "--lzma2=preset=9"])
    )
    tar = ["tar", "--create", "--format=gnu", "--sort=name", "--owner=root:0", "--group=root:0"]
    tar += [f"--mtime=@{source_date()}"]
    members = {
        "control.tar.xz": ([*tar, "-C", str(root / "DEBIAN"), "."], xz),
        f"data.tar.{data[0]}": ([*tar, "-C", str(root), "./usr"], data[1]),
    }
    folder = root.with_name(f"{root.name}-members")
    folder.mkdir(exist_ok=True)
    (folder / "debian-binary").write_text("2.0\n", encoding="ascii")
    for name, (archive, pack) in members.items():
        with (
            (folder / name).open("wb") as stream,
            subprocess.Popen(archive, stdout=subprocess.PIPE) as source,
        ):
            subprocess.run(pack, stdin=source.stdout, stdout=stream, check=True)
        if source.returncode:
            raise RuntimeError(f"tar ended with {source.returncode}")
    package.unlink(missing_ok=True)
    parts = [str(folder / name) for name in ("debian-binary", *members)]
    subprocess.run(["ar", "rcD", str(package), *parts], check=True)  # in this order
    shutil.rmtree(folder)


def _kib(folder: Path) -> int:
    """As Debian counts it: each file in whole KiB, everything else as one."""
    return sum(
        -(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1
        for path in folder.rglob("*")
    )


def _set_modes(root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_symlink():
            continue
        runs = path.is_dir() or (path.name == NAME and path.parent.name == NAME and "lib" in path.parts)
        path.chmod(0o755 if runs else 0o644)
