"""The AppDir, which runs from any folder, and its squashfs, to which an AppImage adds only the runtime."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import desktop
from project import NAME, OUT, TITLE, source_date, version


def build(program: Path, licences: Path) -> Path:
    """Returns the path of the squashfs; the AppDir lies beside it."""
    root = OUT / f"{TITLE}.AppDir"
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "usr" / "lib" / NAME
    shutil.copytree(program, folder, symlinks=True)
    share = root / "usr" / "share"
    desktop.write(share)
    doc = share / "doc" / NAME
    doc.mkdir(parents=True)
    shutil.copyfile(licences, doc / "copyright")
    (root / "AppRun").symlink_to(f"usr/lib/{NAME}/{NAME}")
    (root / f"{NAME}.desktop").symlink_to(f"usr/share/applications/{NAME}.desktop")
    (root / f"{NAME}.png").symlink_to(f"usr/share/icons/hicolor/256x256/apps/{NAME}.png")
    (root / ".DirIcon").symlink_to(f"{NAME}.png")
    squashfs = OUT / f"{TITLE}-{version()}-{platform.machine()}.squashfs"
    squashfs.unlink(missing_ok=True)
    # Its dates come from SOURCE_DATE_EPOCH.
    subprocess.run(
        [
            "mksquashfs",
            str(root),
            str(squashfs),
            "-root-owned",
            "-noappend",
            "-comp",
            "zstd",
            "-quiet",
            "-no-progress",
        ],
        env={**os.environ, "SOURCE_DATE_EPOCH": str(source_date())},
        check=True,
    )
    return squashfs
