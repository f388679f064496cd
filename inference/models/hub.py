"""What a hub of models says about one of them, and which of its files are needed."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlsplit

from inference.engines.families import KANDINSKY, PIPELINES
from inference.models.card import licence_named
from inference.models.catalogue import CATALOGUE, Entry, find_entry
from inference.models.identify import (
    INDEX,
    ROLES,
    can_do_without,
    check_index,
    components_of,
    has_weights,
    slug,
)
from inference.models.model import ModelError
from inference.models.plan import DownloadPlan, PlannedFile
from inference.models.web import TIMEOUT, Unreachable, Web
from inference.models.weights import choose_weights, is_pickle, missing_shards, pickle_refused

PUBLIC = "https://huggingface.co"

_LARGEST_ANSWER = 1 << 25
_TEXT = (".json", ".txt", ".model", ".jinja", ".md")
_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_PAGES = 100


@dataclass(frozen=True, slots=True)
class Repository:
    """``files`` are by path; their own ``path`` is the same. ``card``: the front matter that the hub has read."""

    repo: str
    commit: str
    gated: bool
    card: dict[str, Any]
    files: dict[str, PlannedFile]


def default_endpoint() -> str:
    """``HF_ENDPOINT``, for a mirror, or the public hub."""
    return os.environ.get("HF_ENDPOINT") or PUBLIC


def look_up(
    wanted: Entry | str,
    options: Collection[str] = (),
    endpoint: str = "",
    timeout: float = TIMEOUT,
    cancelled: Callable[[], bool] = lambda: False,
) -> DownloadPlan:
    """Goes online. ``wanted``: an entry of the catalogue, its id, or a hub id (“org/name”, or the page's address).

    ``options``: ids of the entry's options that are wanted too. ``endpoint``: "" for the usual one.
    ``cancelled`` is asked on another thread; the call then ends soon, with an error.
    Raises ModelError: no network, no such model, not allowed yet, nothing in it that may be used.
    """
    web = Web(endpoint or default_endpoint(), timeout)
    with web.cut_when(cancelled):
        return _plan(web, wanted, options)


def _plan(web: Web, wanted: Entry | str, options: Collection[str]) -> DownloadPlan:
    entry = wanted if isinstance(wanted, Entry) else find_entry(_repo_of(wanted))
    if entry is None:
        assert isinstance(wanted, str)
        entry = _entry_for(web, _repo_of(wanted))
    known = {option.id: option for option in entry.options}
    if unknown := sorted(set(options) - known.keys()):
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise ModelError(f"{entry.title} has no optional part “{unknown[0]}”: {has}.")
    chosen = [known[option] for option in known if option in options]
    repos = entry.repos | {option.role: option.repo for option in chosen if option.repo}
    extra = {option.component for option in chosen}
    found = {role: repository(web, repo) for role, repo in repos.items()}
    main = found.get("inpaint") or found["pipeline"]
    files = [
        replace(file, path=f"{role}/{file.path}")
        for role, one in found.items()
        for file in needed_files(web, one, role, extra)
    ]
    plan = DownloadPlan(
        id=entry.id,
        name=entry.title,
        family=entry.family or PIPELINES[check_index(_index(web, main), main.repo)],
        origin=main.repo,
        endpoint=web.endpoint,
        files=tuple(files),
        revisions={one.repo: one.commit for one in found.values()},
        licence=_licence(main) or entry.licence,
        licence_url=entry.licence_url or f"{web.endpoint}/{main.repo}",
        gated=any(one.gated for one in found.values()),
        options=tuple(option.id for option in chosen),
    )
    plan.check()
    return plan


def repository(web: Web, repo: str) -> Repository:
    """Asks the hub for what a repository holds now, pinned to its commit. Raises ModelError."""
    base = f"{web.endpoint}/api/models/{repo}"
    facts, _ = _ask(web, f"{base}/revision/main", repo)
    commit = facts.get("sha") if isinstance(facts, dict) else None
    if not isinstance(commit, str) or not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        raise _unclear(web)
    files: dict[str, PlannedFile] = {}
    query = "recursive=true"
    for _ in range(_PAGES):
        rows, link = _ask(web, f"{base}/tree/{commit}?{query}", repo)
        for row in rows if isinstance(rows, list) else [None]:
            if not isinstance(row, dict):
                raise _unclear(web)
            if row.get("type") == "file":
                file = _file(web, repo, commit, row)
                files[file.path] = file
        following = re.search(r'<([^>]*)>\s*;\s*rel="?next', link)
        if following is None:
            break
        query = urlsplit(following[1]).query  # of the same list, whatever host a mirror names
    card = facts.get("cardData")
    return Repository(repo, commit, bool(facts.get("gated")), card if isinstance(card, dict) else {}, files)


def needed_files(web: Web, one: Repository, role: str, extra: Collection[str] = ()) -> list[PlannedFile]:
    """Of a repository in the diffusers layout: settings, tokenizers, card, licence, and each component's weights once,
    in 16 bits where there are such. ``extra``: components that are otherwise left out. Raises ModelError."""
    index = _index(web, one)
    made = check_index(index, one.repo)
    if ROLES.get(made, "pipeline") != role:
        raise ModelError(f"{one.repo} is not what it is listed as: its pipeline is {made}.")
    wanted = [one.files[INDEX]]
    wanted += [file for path, file in one.files.items() if "/" not in path and _is_about(path)]
    for component, (_, class_name) in components_of(index).items():
        if can_do_without(role, component) and component not in extra and has_weights(class_name):
            continue
        inside = {
            path.removeprefix(f"{component}/"): file
            for path, file in one.files.items()
            if path.startswith(f"{component}/")
        }
        wanted += [
            file
            for name, file in inside.items()
            if name.endswith(_TEXT) and ".safetensors.index" not in name and ".bin.index" not in name
        ]
        if has_weights(class_name):
            choice = choose_weights(inside)
            if choice is None and any(is_pickle(name) for name in inside):
                raise pickle_refused(f"{one.repo}/{component}")
            if choice is None or missing_shards(choice.names):
                raise ModelError(
                    f"{one.repo} is not whole: it has no safetensors weights for its {component}."
                )
            wanted += [inside[name] for name in (*choice.names, choice.index) if name]
    return wanted


def _entry_for(web: Web, repo: str) -> Entry:
    """A row, like the catalogue's, for a repository that is not in it."""
    one = repository(web, repo)
    role = ROLES.get(check_index(_index(web, one), repo), "pipeline")
    if role == "pipeline":
        return Entry(slug(repo), repo.partition("/")[2], "", {"pipeline": repo}, "", "")
    kandinsky = next(entry for entry in CATALOGUE if entry.family == KANDINSKY.id)
    if role != "inpaint":
        raise ModelError(
            f"{repo} is only a part of {kandinsky.title}: ask for “{kandinsky.id}”, or for a decoder."
        )
    prior = one.card.get("prior")
    prior = prior[0] if isinstance(prior, list) and prior else prior
    repos = {"prior": kandinsky.repos["prior"], "inpaint": repo}
    if isinstance(prior, str) and _REPO.fullmatch(prior):
        repos["prior"] = prior
    title = repo.partition("/")[2]
    return replace(kandinsky, id=slug(repo), title=title, repos=repos, licence="", licence_url="", bytes=None)


def _repo_of(text: str) -> str:
    """A hub id from what people copy: with spaces around it, or as a page's address. Raises ModelError."""
    text = text.strip()
    if "://" in text:
        text = "/".join(urlsplit(text).path.strip("/").split("/")[:2])
    if find_entry(text) is None and not _REPO.fullmatch(text):
        known = ", ".join(entry.id for entry in CATALOGUE)
        raise ModelError(
            f"“{text}” is neither a model of the catalogue ({known}) nor a hub id like org/name."
        )
    return text


def _index(web: Web, one: Repository) -> Any:
    if INDEX not in one.files:
        if any(is_pickle(path) for path in one.files) and not any(
            path.endswith(".safetensors") for path in one.files
        ):
            raise pickle_refused(one.repo)
        raise ModelError(
            f"{one.repo} is not in the diffusers layout (it has no {INDEX}): download its file by hand and add that."
        )
    return _ask(web, one.files[INDEX].url, one.repo)[0]


def _file(web: Web, repo: str, commit: str, row: dict[str, Any]) -> PlannedFile:
    lfs = row.get("lfs") if isinstance(row.get("lfs"), dict) else None
    path, size = row.get("path"), (lfs or row).get("size")
    sha256, sha1 = (lfs or {}).get("oid") or "", "" if lfs else row.get("oid") or ""
    texts = all(isinstance(value, str) for value in (path, sha256, sha1))
    if not texts or isinstance(size, bool) or not isinstance(size, int):
        raise _unclear(web)
    url = f"{web.endpoint}/{repo}/resolve/{commit}/{quote(str(path))}"
    right256 = sha256 if re.fullmatch(r"[0-9a-f]{64}", sha256) else ""
    right1 = sha1 if re.fullmatch(r"[0-9a-f]{40}", sha1) else ""
    return PlannedFile(str(path), url, size, right256, right1)


def _ask(web: Web, url: str, repo: str) -> tuple[Any, str]:
    """What a JSON answer holds, and its Link header."""
    with web.open(url, f"model {repo}", {"Accept": "application/json"}, f"{web.endpoint}/{repo}") as answer:
        try:
            body = answer.read(_LARGEST_ANSWER)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreachable("The connection broke off. Try again.") from error
        link = answer.headers.get("Link", "")
    try:
        return json.loads(body), link
    except (ValueError, RecursionError) as error:
        raise _unclear(web) from error


def _unclear(web: Web) -> ModelError:
    return ModelError(
        f"What {urlsplit(web.endpoint).hostname} answers is not a hub's answer. Is there a page to log in to the "
        "network first, or is the hub's address wrong?"
    )


def _is_about(path: str) -> bool:
    """The card and the licence."""
    return path == "README.md" or path.upper().startswith(("LICENSE", "LICENCE", "NOTICE"))


def _licence(one: Repository) -> str:
    texts = {key: [value] for key, value in one.card.items() if isinstance(value, str)}
    return licence_named(texts)
