"""What goes into the packaged program beside what its imports say, and what of that stays out."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path, PurePath

from project import ROOT, TITLE, project, version

KERNEL_PACKAGES = ("editor.raster.kernels", "inference.engines.patchmatch")
"""Kept as sources: numba caches only functions of files that are there."""

METADATA = ("numba", "PySide6-Essentials")
"""Distributions whose version the program asks for while it runs."""

EXCLUDED = [
    # The engine's, in an environment of its own.
    *("accelerate", "diffusers", "huggingface_hub", "safetensors", "tokenizers", "torch", "transformers"),
    # What libraries import for uses that are not ours.
    *("IPython", "PIL.ImageQt", "PIL.ImageTk", "PIL._imagingtk", "_pytest", "coverage", "cv2.gapi"),
    *(
        "jinja2",
        "matplotlib",
        "numba.cuda.tests",
        "numba.np.ufunc.omppool",
        "numba.np.ufunc.tbbpool",
        "numpy.f2py",
        "pycparser",
    ),
    *("pygments", "pytest", "readline", "scipy", "setuptools", "tkinter", "yaml"),
]

_PLUGINS = ("PySide6/Qt/plugins/", "PySide6/plugins/")
"""The second is that of Windows."""

# Qt's plugins that are kept, by their names on all systems.
_KEPT_PLUGINS = (
    *("iconengines/*svgicon.*", "platforminputcontexts/*", "platformthemes/*", "styles/*"),
    *(f"imageformats/*q{name}.*" for name in ("gif", "ico", "jpeg", "svg", "webp")),
    *(f"platforms/*q{name}.*" for name in ("cocoa", "offscreen", "wayland", "windows", "xcb")),
    *("wayland-decoration-client/*", "wayland-graphics-integration-client/*", "wayland-shell-integration/*"),
    "xcbglintegrations/*",
)

# Without users once the plugins above are all there is.
_DROPPED = (
    *(
        "*Qt6EglFS*",
        "*Qt6EglFs*",
        "*QtDBus.*",
        "resources/samples/*",
        "PySide6/translations/*",
        "*.dist-info/RECORD",
        "cv2/opencv_videoio_ffmpeg*",
        "PySide6/Qt/translations/*",
    ),
    *("numba/*/omppool.*", "numba/*/tbbpool.*", "*/tests/*", "source/*/__pycache__/*", "*.pyi"),
)

# Of the libraries of the system, only those of Python's own modules: what their versions are differs from system to
# system. For Qt's and the compiler's, the package names what it depends on.
_KEPT_SYSTEM_LIBRARIES = ("libbz2", "libcrypto", "libffi", "liblzma", "libpython", "libsqlite3", "libssl")


def modules_by_name() -> list[str]:
    """Modules that no import statement names: the host imports engines from a table."""
    paths = sorted((ROOT / "inference" / "engines").rglob("*.py"))
    names = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in names]


def data() -> list[tuple[str, str]]:
    """Files that are no modules, as (source, folder in the package)."""
    models = ROOT / "resources" / "models"
    sources = (path for path in (ROOT / "inference").rglob("*.py"))
    return [
        (str(ROOT / "resources"), "resources"),
        (str(ROOT / "pyproject.toml"), "."),
        *((str(path), str(PurePath("source") / path.parent.relative_to(ROOT))) for path in sources),
        (str(models), "source/resources/models"),  # the engines look for them beside their sources
    ]


def is_shipped(name: str, source: str) -> bool:
    """Whether a file that was collected as ``name`` from ``source`` goes along."""
    name = name.replace("\\", "/")
    if any(fnmatch.fnmatch(name, pattern) for pattern in _DROPPED):
        return False
    if name.startswith(_PLUGINS):
        plugin = name.partition("/plugins/")[2]
        return any(fnmatch.fnmatch(plugin, pattern) for pattern in _KEPT_PLUGINS)
    if sys.platform == "linux" and is_of_the_system(source):
        return PurePath(name).name.startswith(_KEPT_SYSTEM_LIBRARIES)
    return True


def is_of_the_system(source: str) -> bool:
    """Whether a file is a library of the system's, and neither ours nor of the Python that builds."""
    parts = Path(source).parts
    return parts[:2] in (("/", "lib"), ("/", "lib64"), ("/", "usr")) and ".so" in parts[-1] and not (
        "site-packages" in parts or "dist-packages" in parts or "lib-dynload" in parts
    )  # fmt: skip


def information_of_the_bundle() -> dict[str, object]:
    """Info.plist of the macOS bundle, beside what PyInstaller puts there."""
    return {
        "CFBundleDisplayName": TITLE,
        "CFBundleShortVersionString": version(),
        "NSHumanReadableCopyright": str(project()["license"]),
        "NSHighResolutionCapable": True,
        "LSMinimumSystemVersion": "14.0",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Picture",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Alternate",  # offered, never the one that opens them by itself
                "LSItemContentTypes": ["public.image"],
                "CFBundleTypeExtensions": ["ora"],
            }
        ],
    }
