"""DownloadPlan: what a download will fetch, from where, and how each file is known to be right; a plain value."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from inference.models.model import ModelError


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """``path``: where it goes, with slashes, below the model's folder; its first part is the role in the model.

    ``sha256`` is of the content, ``sha1`` of the content as a git blob; "" where the hub tells none.
    """

    path: str
    url: str
    size: int
    sha256: str = ""
    sha1: str = ""


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """``id``: of the model that it will be. ``name``: for people. ``origin``: the hub's id of its (main) repository.

    ``licence``: its name. ``licence_url``: where to read it. ``gated``: the hub asks to agree to it first, with an
    account. ``revisions``: the commit that each repository is pinned to. ``options``: ids of the optional parts.
    """

    id: str
    name: str
    family: str
    origin: str
    endpoint: str
    files: tuple[PlannedFile, ...]
    revisions: dict[str, str]
    licence: str = ""
    licence_url: str = ""
    gated: bool = False
    options: tuple[str, ...] = ()

    @property
    def bytes(self) -> int:
        """Of all files; less is fetched where some of them are there already."""
        return sum(file.size for file in self.files)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> DownloadPlan:
        """Raises ModelError for what is not a plan, or one that would write outside the model's folder."""
        try:
            files = tuple(PlannedFile(**file) for file in values["files"])
            plan = cls(**{**values, "files": files, "options": tuple(values["options"])})
            plan.check()
        except (TypeError, KeyError, AttributeError) as error:
            raise ModelError(f"The record of a download cannot be read ({error}). Start it anew.") from error
        return plan

    def check(self) -> None:
        """Raises ModelError where what a server told must not be used as it is."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise ModelError(f"“{self.id}” cannot be the name of a model's folder.")
        seen = set()
        for file in self.files:
            check_path(file.path)
            if not isinstance(file.size, int) or file.size < 0:
                raise ModelError(f"The hub tells no size for {file.path}. Try again later.")
            if file.path.casefold() in seen:
                raise ModelError(f"The hub lists {file.path} twice. Nothing was downloaded.")
            seen.add(file.path.casefold())


def check_path(path: str) -> None:
    """Raises ModelError unless it names a file below the folder that it is put in, on any system."""
    parts = path.split("/")
    unsafe = any(
        part in ("", ".", "..") or part.endswith((".", " ")) or re.search(r'[\\:*?"<>|\x00-\x1f]', part)
        for part in parts
    )
    if unsafe or len(path) > 400:
        raise ModelError(
            f"The hub lists a file that must not be written here: {path!r}. Nothing was downloaded."
        )
