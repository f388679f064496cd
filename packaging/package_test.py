"""Tries the Debian package in a bare Debian, as an artist would: `python packaging/package_test.py [--offline]`.

Installs it with apt, starts the menu entry's command under a virtual X server, fills and exports by the command line,
starts the AppDir, installs the engine without a network and fills with a model, installs the next version over it,
removes it all, and looks for what is left. ``--offline`` tries the offline bundle instead, and a model in it. As root,
with debootstrap, Xvfb and xdotool, and with a network for Debian's packages and for the engine's wheels. ``--root`` is
an archive of a bare system made before; it is made where it is not there.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import deb
import engine_test
import upgrade_test
import window_test
from PIL import Image
from project import NAME, OUT, ROOT, version

_SUITE = "bookworm"
_USER = 1000
_HOME = "/home/artist"
_CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"  # a user's PATH need not have it
_UNWATCHED = (
    "dev",
    "proc",
    "sys",
    "tmp",
    "home",
    "root",
    "run",
    "var/cache",
    "var/lib/apt",
    "var/lib/dpkg",
    "var/log",
)
"""What changes by itself, and the user's own."""

_SAMPLE = ROOT / "resources" / "samples" / "picos-de-europa.jpg"


class Bare:
    """A bare Debian in a folder, whose commands run in a chroot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, archive: Path) -> None:
        """Unpacks ``archive``, which is made first where it is not there."""
        if not archive.is_file():
            say("Making a bare Debian")
            _run(["debootstrap", "--variant=minbase", _SUITE, str(self.folder)])
            _run(["tar", "-C", str(self.folder), "-caf", str(archive), "."])
        else:
            _run(["tar", "-C", str(self.folder), "-xaf", str(archive)])
        self.folder.chmod(0o755)  # a temporary folder is root's alone, and the artist is not root
        shutil.copyfile("/etc/resolv.conf", self.folder / "etc" / "resolv.conf")
        self.folder.chmod(0o755)  # it is the root of others, too
        home = self.folder / _HOME.lstrip("/")
        home.mkdir(parents=True)
        os.chown(home, _USER, _USER)
        _run(["mount", "-t", "proc", "proc", str(self.folder / "proc")])

    def as_root(self, *words: str) -> str:
        """What the command says on standard output."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        return _run([_CHROOT, str(self.folder), *words], {**environment, **proxies})

    def as_artist(self, *words: str) -> str:
        return _run(self.artists(*words), self.environment())

    def artists(self, *words: str) -> list[str]:
        """The words that run a command as a user without rights."""
        return [
            _CHROOT,
            f"--userspec={_USER}:{_USER}",
            str(self.folder),
            "/bin/sh",
            "-c",
            f"cd; {shlex.join(words)}",
        ]

    def environment(self, **more: str) -> dict[str, str]:
        """What a session gives the user's programs, and nothing of this one's."""
        return {"HOME": _HOME, "USER": "artist", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **more}

    def files(self) -> set[str]:
        """Everything but what is not watched."""
        found = set()
        for folder, folders, names in os.walk(self.folder):
            inner = os.path.relpath(folder, self.folder)
            folders[:] = [name for name in folders if os.path.normpath(f"{inner}/{name}") not in _UNWATCHED]
            found |= {os.path.normpath(f"{inner}/{name}") for name in (*folders, *names)}
        return found

    def home(self, name: str) -> Path:
        """A file of the user's, seen from outside."""
        return self.folder / _HOME.lstrip("/") / name


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description="Try the Debian package in a bare Debian.")
    parser.add_argument(
        "--root", type=Path, default=OUT / f"{_SUITE}.tar.gz", help="archive of a bare system"
    )
    parser.add_argument("--offline", action="store_true", help="try the offline bundle")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        say("This needs root: it makes a system of its own in a folder and installs there.")
        return 2
    if not arguments.inside:  # with mounts of its own, which end with it
        command = ["unshare", "--mount", "--propagation", "private", sys.executable, __file__]
        return subprocess.run([*command, "--inside", *sys.argv[1:]], check=False).returncode
    packages = sorted(OUT.glob(f"{deb.package_name(arguments.offline)}_{version()}_*.deb"))
    if not packages:
        say(f"There is no package of version {version()} in {OUT}: “make package” builds it.")
        return 2
    with tempfile.TemporaryDirectory(prefix="pentimento-bare-") as folder:
        bare = Bare(Path(folder))
        bare.make(arguments.root)
        try:
            try_package(bare, packages[0], arguments.offline)
        finally:
            _run(["umount", "--lazy", f"{folder}/proc"])
    say("All of it works, and nothing is left.")
    return 0


def try_package(bare: Bare, package: Path, offline: bool) -> None:
    """Raises RuntimeError for the first thing that is not as it must be."""
    name = deb.package_name(offline)
    shutil.copyfile(package, bare.folder / "tmp" / package.name)
    bare.as_root("apt-get", "-qq", "update")
    before = bare.files()
    say("Installing")
    bare.as_root("apt-get", "-qq", "install", "--yes", "--no-install-recommends", f"/tmp/{package.name}")
    _check_libraries(bare)
    _check_desktop_files(bare)
    _try_command_line(bare)
    say("Starting the menu entry's command under a virtual X server")
    window_test.try_window(bare, window_test.menu_command(bare))
    if offline:
        say("Filling with a small Kandinsky")
        _try_model(bare)
    else:
        say("Starting the AppDir of the squashfs")
        _try_portable(bare)
        engine_test.try_engine(bare)
    say("Installing the next version")
    upgrade_test.try_upgrade(bare, package)
    say("Removing")
    bare.as_root("apt-get", "-qq", "purge", "--yes", name)
    bare.as_root("apt-get", "-qq", "autoremove", "--purge", "--yes")
    left = {path for path in bare.files() - before if NAME in path.lower()}
    if left:
        raise RuntimeError(f"left behind: {sorted(left)}")
    upgrade_test.check_own(bare)
    others = {path.name for path in bare.home("").iterdir()} - {".cache", ".config", ".local"}
    if others != {"photo.jpg", "mask.png", "filled.png", "filled.ora", "flat.jpg"}:
        raise RuntimeError(f"in the user's folder: {sorted(others)}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _check_libraries(bare: Bare) -> None:
    """Every library that any of ours asks for is there: each is asked for by some screen or some file format."""
    folder = f"/usr/lib/{NAME}/_internal"
    script = (
        f'find {folder} -name "*.so*" -type f ! -name "*qgtk3*" -exec env LD_LIBRARY_PATH={folder} ldd {{}} +'
    )
    missing = {line.strip() for line in bare.as_root("sh", "-c", script).splitlines() if "not found" in line}
    if missing:
        raise RuntimeError(f"libraries that no dependency brings: {sorted(missing)}")


def _try_command_line(bare: Bare) -> None:
    say("Filling and exporting by the command line")
    shutil.copyfile(_SAMPLE, bare.home("photo.jpg"))
    shutil.copyfile(_SAMPLE.with_name(f"{_SAMPLE.stem}-mask.png"), bare.home("mask.png"))
    if version() not in bare.as_artist(NAME, "--version"):
        raise RuntimeError("it tells another version")
    began = time.monotonic()
    bare.as_artist(NAME, "fill", "photo.jpg", "--mask", "mask.png", "-o", "filled.png")
    say(f"  the first fill took {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    bare.as_artist(NAME, "fill", "photo.jpg", "--mask", "mask.png", "-o", "filled.ora")
    say(f"  the second fill took {time.monotonic() - began:.1f} s")
    bare.as_artist(NAME, "export", "filled.ora", "flat.jpg")
    _check_filled(bare, "filled.png")
    with Image.open(bare.home("flat.jpg")) as flat, Image.open(_SAMPLE) as photo:
        if flat.size != photo.size:
            raise RuntimeError("the export has another size")


def _try_portable(bare: Bare) -> None:
    """The AppDir of the squashfs, from a folder of the user's: with the system libraries that the package brought, as
    AppImages take them from the system, too."""
    (archive,) = OUT.glob(f"*-{version()}-*.squashfs")
    folder = bare.home("Portable")
    _run(["unsquashfs", "-quiet", "-no-progress", "-dest", str(folder), str(archive)])
    bare.as_root("chown", "-R", f"{_USER}:{_USER}", f"{_HOME}/Portable")
    try:
        bare.as_artist("./Portable/AppRun", "fill", "photo.jpg", "--mask", "mask.png", "-o", "portable.png")
        bare.home("portable.png").unlink()
        window_test.try_window(bare, ["./Portable/AppRun"])
    finally:
        shutil.rmtree(folder)


def _try_model(bare: Bare) -> None:
    """A small Kandinsky, filled with by the offline bundle itself."""
    sources = f"/usr/lib/{NAME}/_internal/source"
    checkpoint = bare.home("checkpoint")
    _run([sys.executable, "-m", "inference.runtime.small_model", str(checkpoint)], cwd=ROOT)
    if not (bare.folder / sources.lstrip("/")).is_dir():
        raise RuntimeError("the sources of the engine are missing")
    bare.as_root("chown", "-R", f"{_USER}:{_USER}", f"{_HOME}/checkpoint")
    parts = [
        f"checkpoint/{path.name}"
        for path in sorted(checkpoint.iterdir())
        if path.name in ("prior", "inpaint")
    ]
    bare.as_artist(NAME, "models", "add", *parts, "--name", "small")
    began = time.monotonic()
    words = ["--model", "small", "--prompt", "a hat", "--steps", "2", "--allow-cpu"]
    bare.as_artist(NAME, "fill", "photo.jpg", "--mask", "mask.png", "-o", "painted.png", *words)
    say(f"  it took {time.monotonic() - began:.1f} s")
    _check_filled(bare, "painted.png")
    bare.as_artist(NAME, "models", "remove", "small")
    bare.home("painted.png").unlink()
    shutil.rmtree(checkpoint)


def _check_filled(bare: Bare, name: str) -> None:
    with Image.open(_SAMPLE) as photo, Image.open(bare.home(name)) as filled:
        if filled.size != photo.size or filled.convert("RGB").tobytes() == photo.convert("RGB").tobytes():
            raise RuntimeError("nothing was filled")


def _check_desktop_files(bare: Bare) -> None:
    """By the desktop's own tools, outside: what they need is no business of the package's."""
    share = bare.folder / "usr" / "share"
    (metainfo,) = (share / "metainfo").glob("*.metainfo.xml")
    _run(["desktop-file-validate", str(share / "applications" / f"{NAME}.desktop")])
    _run(["appstreamcli", "validate", "--no-net", str(metainfo)])
    with tempfile.TemporaryDirectory() as folder:
        packages = Path(folder) / "packages"
        packages.mkdir()
        shutil.copy(share / "mime" / "packages" / f"{NAME}.xml", packages)
        _run(["update-mime-database", folder])


def _run(words: list[str], environment: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Raises RuntimeError with what the command says where it fails."""
    done = subprocess.run(
        words, env=environment, cwd=cwd, capture_output=True, text=True, timeout=1200, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{shlex.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
