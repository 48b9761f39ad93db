"""What a Hugging Face hub says and sends, by huggingface_hub: a model's commit and files, their
digests, their content.

Metadata, tokens, mirrors (`HF_ENDPOINT`) and proxies are the library's work. The content is
received here, by the library's session: since version 2 it begins an interrupted file anew, which
of 800 MB is not acceptable, and its faster protocol (Xet) cannot go on in the middle of a file
either. No message holds an address that was redirected to (these are signed), a token, or a text of
the server.
"""

from __future__ import annotations

import errno
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from leaksift import __version__
from leaksift.errors import LeaksiftError, ModelError, UsageError
from leaksift.model.directory import VARIANTS
from leaksift.printable import printable
from leaksift.weights.names import FAST, Name
from leaksift.weights.record import File
from leaksift.weights.store import OnBytes

_NEEDED = ("config.json", "tokenizer.json")
_OPTIONAL = ("viterbi_calibration.json",)

# Seconds without an answer, or without a byte of it.
_PATIENCE = 30.0

_TRUE = {"1", "true", "yes", "on"}


class Interrupted(LeaksiftError):
    """What may work at the next try: no connection, a cut one, an overloaded hub. `wait` is how
    many seconds the hub asks to wait, where it says so."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


def refuse_offline(environ: Mapping[str, str] = os.environ) -> None:
    """Raises UsageError where the environment says that there is to be no network."""
    for variable in ("LEAKSIFT_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if environ.get(variable, "").lower() in _TRUE:
            raise UsageError(
                f"{variable} is set, so nothing is fetched: unset it, or use --model with a folder"
            )


def endpoint(environ: Mapping[str, str] = os.environ) -> str:
    """The address of the hub or its mirror. Raises UsageError for what is none."""
    address = (environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise UsageError("HF_ENDPOINT is not an address such as https://hub.example.com")
    return address


def look_up(name: Name) -> tuple[str, list[str]]:
    """Asks the hub for the commit of a name and for the files of its variant. Raises Interrupted,
    and ModelError for what there is not or must not be read."""
    refuse_offline()
    with _as_our_errors(name):
        from huggingface_hub import HfApi

        info = HfApi(
            endpoint=endpoint(), library_name="leaksift", library_version=__version__
        ).model_info(name.repository, revision=name.revision, timeout=_PATIENCE)
        commit = str(info.sha)
        if not re.fullmatch("[0-9a-f]{40}", commit):
            raise ValueError("no commit")
        there = {sibling.rfilename for sibling in info.siblings or ()}
    return commit, choose(name, there)


def choose(name: Name, there: set[str]) -> list[str]:
    """The files of a variant among those of a repository. Raises ModelError where it is not all
    there; another variant is never taken instead."""
    graphs = {
        variant: path
        for variant, paths in VARIANTS.items()
        if (path := next((path for path in paths if path in there), None))
    }
    graph = graphs.get(name.variant)
    if graph is None:
        known = ", ".join(f"{name.repository}:{variant}" for variant in graphs)
        raise ModelError(
            f"{name.repository} has no ONNX graph of the variant {name.variant}"
            + (f"; it has {known}" if graphs else ", nor of another: export it and use --model DIR")
            + ("; `leaksift models optimize` makes it" if graphs and name.variant == FAST else "")
        )
    for path in _NEEDED:
        if path not in there:
            raise ModelError(f"{name.repository} has no {path}: it is not a token classifier")
    data = re.compile(re.escape(graph) + r"(?:_data(?:_\d{1,3})?|\.data)")
    optional = [path for path in _OPTIONAL if path in there]
    return [*_NEEDED, *optional, graph, *sorted(filter(data.fullmatch, there))]


def declared(name: Name, path: str) -> File:
    """What the hub says of a file. The name must have a commit. Raises Interrupted and
    ModelError."""
    refuse_offline()
    with _as_our_errors(name):
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(name.repository, path, revision=name.revision, endpoint=endpoint())
        told = get_hf_file_metadata(
            url,
            timeout=_PATIENCE,
            endpoint=endpoint(),
            library_name="leaksift",
            library_version=__version__,
        )
        # The SHA-256 of what is kept apart from git, the git blob id of the rest.
        if told.size is None or not re.fullmatch("[0-9a-f]{64}|[0-9a-f]{40}", told.etag or ""):
            raise ValueError("no size or digest")
        return File(path, told.size, str(told.etag))


def receive(name: Name, file: File, part: Path, on_bytes: OnBytes) -> None:
    """Appends to `part` what it lacks of a file. The name must have a commit for its revision.

    Raises Interrupted with what came kept in `part`, and ModelError; OSError where the disk does
    not take it.
    """
    refuse_offline()
    start = part.stat().st_size if part.exists() else 0
    with _as_our_errors(name):
        from huggingface_hub import get_session, hf_hub_url
        from huggingface_hub.utils import (  # type: ignore[attr-defined]
            build_hf_headers,
            hf_raise_for_status,
        )

        url = hf_hub_url(name.repository, file.path, revision=name.revision, endpoint=endpoint())
        headers = build_hf_headers(library_name="leaksift", library_version=__version__)
        headers["Accept-Encoding"] = "identity"  # ranges are of the bytes as they are
        if start:
            headers["Range"] = f"bytes={start}-"
        # The session follows redirects, and sends the token only to the origin it is for.
        with get_session().stream(
            "GET", url, headers=headers, timeout=_PATIENCE, follow_redirects=True
        ) as response:
            hf_raise_for_status(response)
            continued = response.headers.get("Content-Range", "").startswith(f"bytes {start}-")
            if start and not (response.status_code == 206 and continued):
                on_bytes(-start)  # all of it comes again
                start = 0
            with part.open("ab" if start else "wb") as stream:
                for piece in response.iter_bytes():  # as it comes: a cut loses nothing
                    start += len(piece)
                    if start > file.size:
                        raise ValueError("more than it declared")
                    stream.write(piece)
                    on_bytes(len(piece))
        if start < file.size:
            raise Interrupted(f"{file.path}: the connection was cut")


@contextmanager
def _as_our_errors(name: Name) -> Iterator[None]:
    # Read when the library is imported; it would tell the hub what else is installed, and fetch a
    # list of programs to look for in the environment.
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # 0.3 s to import: only for a command that uses the network. HTTPError is the base of all that
    # its HTTP library raises; which library that is depends on the version.
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        FileMetadataError,
        GatedRepoError,
        HfHubHTTPError,
        HTTPError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    # It warns on standard error, with addresses and texts of the server.
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    host = re.sub(r"^https?://(?:[^/@]*@)?", "", endpoint())
    try:
        yield
    except LeaksiftError:
        raise
    except GatedRepoError:
        raise ModelError(
            f"{name.repository}: its owner asks for terms to be accepted on its page at {host}; "
            "do so and set HF_TOKEN"
        ) from None
    except RepositoryNotFoundError:
        raise ModelError(
            f"{name.repository}: {host} has no such model, or shows it only with an HF_TOKEN that "
            "may read it"
        ) from None
    except RevisionNotFoundError:
        raise ModelError(f"{name.repository} has no revision {name.revision!r}") from None
    except HfHubHTTPError as error:
        raise _refused(error.response.status_code, error.response.headers, name, host) from None
    except OfflineModeIsEnabled:
        raise UsageError("HF_HUB_OFFLINE is set, so nothing is fetched: unset it") from None
    except HTTPError as error:
        why = printable((str(error).splitlines() or [""])[0])[:120] or type(error).__name__
        raise Interrupted(f"{host} cannot be reached ({why}); check network and proxy") from None
    except (FileMetadataError, ValueError, TypeError, KeyError, AttributeError):
        raise ModelError(
            f"{host} does not answer as a Hugging Face hub: check HF_ENDPOINT and the proxy"
        ) from None


def _refused(
    status: int, headers: Mapping[str, str], name: Name, host: str
) -> ModelError | Interrupted:
    if status in (401, 403):
        return ModelError(
            f"{name.repository}: {host} refuses it ({status}); set HF_TOKEN to a token that may "
            "read it"
        )
    if status in (408, 416, 429) or status >= 500:
        asked = headers.get("Retry-After", "").strip()
        wait = float(asked) if re.fullmatch("[0-9]{1,6}", asked) else None
        hint = "; an HF_TOKEN has a higher limit" if status == 429 else ""
        return Interrupted(f"{host} answers {status}{hint}", wait)
    return ModelError(f"{name.repository}: {host} answers {status}")


def is_full(error: OSError) -> bool:
    """Whether a disk, quota or limit takes no more."""
    full = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
    return error.errno in full
