"""The hub's local cache: models that other programs have downloaded, used where they lie. Never written to.

Layout: models--org--name/snapshots/<commit>/…, whose files are links into …/blobs; refs/main names the commit
(huggingface.co/docs/huggingface_hub/guides/manage-cache).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from inference.engines.families import KANDINSKY
from inference.models.card import front_matter
from inference.models.identify import Piece, identify, pieces_of, slug
from inference.models.model import Model, ModelError

log = logging.getLogger(__name__)

_PREFIX = "models--"


@dataclass(frozen=True, slots=True)
class _Cached:
    repo: str
    snapshot: Path
    piece: Piece


def hub_cache_folder() -> Path:
    """As huggingface_hub chooses it; it need not be there."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser()
    return hub_home() / "hub"


def hub_home() -> Path:
    if os.environ.get("HF_HOME"):
        return Path(os.environ["HF_HOME"]).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache).expanduser() if cache else Path.home() / ".cache") / "huggingface"


def cached_models() -> list[Model]:
    """Those of known families that are whole; what is partial, or something else, is left out and logged."""
    pieces = list(_pieces(hub_cache_folder()))
    priors = {cached.repo: cached for cached in pieces if cached.piece.role == "prior"}
    generators = [cached for cached in pieces if cached.piece.role == "generate"]
    found = []
    for cached in pieces:
        paths = [cached.snapshot]
        if cached.piece.role in ("prior", "generate"):
            continue
        if cached.piece.family == KANDINSKY.id:
            prior = _prior_of(cached, priors)
            if prior is None:
                log.info("%s lies in the cache without its prior", cached.repo)
                continue
            paths += [prior.snapshot, *(each.snapshot for each in generators[:1])]
        try:
            model = identify(*paths)
        except ModelError as error:  # it has changed in this moment
            log.info("%s in the cache: %s", cached.repo, error)
            continue
        found.append(replace(model, id=f"cache-{slug(cached.repo)}", source="cache", origin=cached.repo))
    return found


def _prior_of(decoder: _Cached, priors: dict[str, _Cached]) -> _Cached | None:
    """The one that the decoder's card names, or any: there is one for all of Kandinsky 2.2."""
    try:
        card = front_matter((decoder.snapshot / "README.md").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        card = {}
    named = [priors[repo] for repo in card.get("prior", []) if repo in priors]
    return next(iter(named or priors.values()), None)


def _pieces(folder: Path) -> Iterator[_Cached]:
    try:
        repositories = sorted(path for path in folder.iterdir() if path.name.startswith(_PREFIX))
    except OSError:
        return
    for repository in repositories:
        repo = repository.name.removeprefix(_PREFIX).replace("--", "/", 1)
        for snapshot in _snapshots(repository):
            try:
                pieces = pieces_of(snapshot)
            except ModelError as error:
                log.debug("%s in the cache: %s", repo, error)
                continue
            if len(pieces) == 1:
                yield _Cached(repo, snapshot, pieces[0])
                break


def _snapshots(repository: Path) -> list[Path]:
    """The one that main points at, then the others, newest first."""
    try:
        commit = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        commit = ""
    try:
        found = [path for path in (repository / "snapshots").iterdir() if path.is_dir()]
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except OSError:
        return []
    return sorted(found, key=lambda path: path.name != commit)
