"""The files by which a Linux desktop knows the program: menu entry, metainfo of AppStream, MIME types, icons."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from xml.sax.saxutils import escape

from project import IDENTIFIER, NAME, ROOT, TITLE, project, source_date, version

MIME_TYPES = {
    "openraster": "image/openraster",
    "psd": "image/vnd.adobe.photoshop",
    "psb": "image/vnd.adobe.photoshop",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
}
"""By the ids of ``editor.files.formats``; without what opens only where the user has added a library (HEIC)."""

ICON_SIZES = (16, 32, 48, 64, 128, 256, 512)

_SUMMARY = "Repaint what you mask, and never lose what was there before"
_PARAGRAPHS = (
    "Pentimento is an offline photo editor. Paint a mask or draw a lasso around what you want gone, press Fill, and "
    "the result comes back as a new layer that you can hide, fade, reorder, undo or make again. Nothing below it is "
    "ever touched.",
    "Filling works right after install, without a download, an account or a graphics card. With a diffusion model of "
    "your own it also paints what you describe. It never goes on the network by itself.",
)


def desktop_entry() -> str:
    """The menu entry. Its MIME types offer the program for these files; what opens them by itself stays as it is."""
    types = dict.fromkeys(MIME_TYPES.values())
    return f"""\
[Desktop Entry]
Version=1.4
Type=Application
Name={TITLE}
GenericName=Photo Editor
Comment={_SUMMARY}
Exec={NAME} %F
TryExec={NAME}
Icon={NAME}
Terminal=false
Categories=Graphics;2DGraphics;RasterGraphics;Photography;Qt;
Keywords=photo;picture;paint;retouch;inpaint;layers;
MimeType={";".join(types)};
StartupNotify=true
StartupWMClass={NAME}
"""


def metainfo() -> str:
    """What software centres show, as AppStream's XML."""
    paragraphs = "\n".join(f"    <p>{escape(paragraph)}</p>" for paragraph in _PARAGRAPHS)
    types = "\n".join(f"    <mediatype>{name}</mediatype>" for name in dict.fromkeys(MIME_TYPES.values()))
    date = datetime.datetime.fromtimestamp(source_date(), datetime.UTC).date().isoformat()
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>{IDENTIFIER}</id>
  <metadata_license>CC0-1.0</metadata_license>
  <project_license>{escape(project()["license"])}</project_license>
  <name>{TITLE}</name>
  <summary>{escape(_SUMMARY)}</summary>
  <description>
{paragraphs}
  </description>
  <launchable type="desktop-id">{NAME}.desktop</launchable>
  <icon type="stock">{NAME}</icon>
  <categories>
    <category>Graphics</category>
    <category>Photography</category>
  </categories>
  <provides>
    <binary>{NAME}</binary>
{types}
  </provides>
  <content_rating type="oars-1.1"/>
  <releases>
    <release version="{version()}" date="{date}"/>
  </releases>
</component>
"""


def mime_package() -> str:
    """OpenRaster's type, for systems that do not know it."""
    return """\
<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="image/openraster">
    <comment>OpenRaster image</comment>
    <glob pattern="*.ora"/>
  </mime-type>
</mime-info>
"""


def write(share: Path) -> None:
    """All of them into ``share``, which is /usr/share or stands for it."""
    texts = {
        f"applications/{NAME}.desktop": desktop_entry(),
        f"metainfo/{IDENTIFIER}.metainfo.xml": metainfo(),
        f"mime/packages/{NAME}.xml": mime_package(),
    }
    for name, text in texts.items():
        path = share / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    icons = ROOT / "resources" / "icons"
    sizes = {f"{size}x{size}": icons / f"{NAME}-{size}.png" for size in ICON_SIZES}
    for size, icon in {**sizes, "scalable": icons / f"{NAME}.svg"}.items():
        path = share / "icons" / "hicolor" / size / "apps" / f"{NAME}{icon.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(icon, path)
