"""Tries what becomes of the user's folders in a bare Debian when the package is replaced by the next version.

`package_test.py` calls it. The next version is this one with another number, and with one file fewer.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from project import NAME, OUT, version

if TYPE_CHECKING:
    from package_test import Bare

_KEPT = {
    f".config/{NAME}/settings.json": '{"theme": "light"}',
    f".local/state/{NAME}/sessions/kept/note": "a journal",
    f".local/share/{NAME}/models/kept/note": "a model",
}
"""What a user has, by its place in their home."""


def write_own(bare: Bare) -> None:
    """Settings, a journal and a model, as an earlier version may have left them."""
    for name, text in _KEPT.items():
        bare.home(name).parent.mkdir(parents=True, exist_ok=True)
        bare.home(name).write_text(text, encoding="utf-8")
    bare.as_root("chown", "-R", "1000:1000", "/home/artist")


def check_own(bare: Bare) -> None:
    """Raises RuntimeError where any of it is not as it was."""
    lost = [
        name
        for name, text in _KEPT.items()
        if not bare.home(name).is_file() or bare.home(name).read_text() != text
    ]
    if lost:
        raise RuntimeError(f"of the user's own is lost: {lost}")


def try_upgrade(bare: Bare, package: Path) -> None:
    """Installs the next version over this one. Raises RuntimeError for the first thing that is not as it must be."""
    later = f"{version()}+1"
    write_own(bare)
    with tempfile.TemporaryDirectory(prefix="pentimento-next-", dir=OUT) as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {later}", control.read_text()))
        dropped = tree / "usr" / "lib" / NAME / "LICENCES.txt"
        dropped.unlink()
        subprocess.run(
            [
                "dpkg-deb",
                "--root-owner-group",
                "-Znone",
                "--build",
                str(tree),
                str(bare.folder / "tmp" / "next.deb"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(tree)
    bare.as_root("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "/tmp/next.deb")
    (bare.folder / "tmp" / "next.deb").unlink()
    if later not in bare.as_root("dpkg-query", "--show", "--showformat", "${Version}\n", f"{NAME}*"):
        raise RuntimeError("the next version is not what is installed now")
    if (bare.folder / "usr" / "lib" / NAME / "LICENCES.txt").exists():
        raise RuntimeError("a file that the next version does not have is still there")
    if version() not in bare.as_artist(NAME, "--version"):
        raise RuntimeError("it does not start")
    check_own(bare)
