"""A hub on this machine: as much of the Hugging Face protocol as a download needs, and every way in
which it fails. Nothing here reaches the internet."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

TINY = Path(__file__).parents[1] / "model" / "tiny"
COMMIT = "7ffa9a043d54d1be65afb281eddf0ffbe629385b"
OTHER_COMMIT = "1" * 40
LARGE = 100_000
"""Bytes from which a file is kept apart from git and has a SHA-256."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass
class Request:
    """What came in, to the hub or to the place it redirects to; names of headers are in small
    letters."""

    method: str
    path: str
    cdn: bool
    headers: dict[str, str]

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass
class Hub:
    """A hub and, on another port, the place that it redirects large files to.

    `refusals` are answers (status, headers) that come first, by the end of a path. `cuts` are how
    many bytes of a file are sent before the connection is closed, one for each request, after which
    all is sent. `spoiled` files come with another last byte.
    """

    revisions: dict[str, str] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refusals: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    ignores_ranges: bool = False
    seconds_a_piece: float = 0.0
    token: str = ""
    requests: list[Request] = field(default_factory=list)
    ports: tuple[int, int] = (0, 0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    def add(self, repository: str, files: dict[str, bytes], commit: str, *names: str) -> None:
        """Publishes files at a commit that also has these names."""
        self.files[f"{repository}@{commit}"] = files
        for name in (commit, *names):
            self.revisions[f"{repository}@{name}"] = commit

    def asked(self, method: str = "GET") -> list[str]:
        """The files whose content was asked for, in order."""
        wanted = (r for r in self.requests if r.method == method and "/api/" not in r.path)
        return [request.file for request in wanted if request.cdn or method == "HEAD"]


def variant_files(name: str = "model_q4f16") -> dict[str, bytes]:
    """The tiny model as the hub's layout has it, its graph in a file of data beside it."""
    graph = (TINY / "model.onnx").read_bytes()
    files = {
        path: (TINY / path).read_bytes()
        for path in ("config.json", "tokenizer.json", "viterbi_calibration.json")
    }
    return {
        **files,
        f"onnx/{name}.onnx": graph,
        f"onnx/{name}.onnx_data": b"weights " * 40_000,
        "README.md": b"# A model\n",
        "model.safetensors": b"never wanted",
    }


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub with openai/privacy-filter at its pinned commit."""
    state = Hub(token="")
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), _handler(state, cdn=cdn)) for cdn in (False, True)
    ]
    state.ports = (servers[0].server_port, servers[1].server_port)
    state.add("openai/privacy-filter", variant_files(), COMMIT, "main")
    for server in servers:
        server.daemon_threads = True
        # Asked often, so that the end of a test does not wait half a second.
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield state
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The cache directory of the test."""
    return tmp_path / "cache"


@pytest.fixture
def environment(hub: Hub, store: Path, tmp_path: Path) -> dict[str, str]:
    """A machine whose hub is this one and whose account has no token."""
    foreign = ("HF_", "HUGGING", "LEAKSIFT_", "TRANSFORMERS_")
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith(foreign)}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    return {
        **kept,
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(tmp_path / "hf"),
        "LEAKSIFT_CACHE_DIR": str(store),
    }


@pytest.fixture
def leaksift(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs the command as a program."""

    def run(*arguments: str, **more: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "leaksift", *arguments],
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def in_process(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Runs `leaksift models` in this process, which saves the time of its start; its pauses are
    short."""
    from click.testing import CliRunner

    from leaksift.cli.models import models
    from leaksift.errors import LeaksiftError
    from leaksift.weights import download

    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("HF_ENDPOINT", "HF_HOME", "LEAKSIFT_CACHE_DIR"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setattr(download, "_PAUSES", (0.0, 0.0, 0.0))

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(models, list(arguments), standalone_mode=False)
        if isinstance(result.exception, LeaksiftError):
            return result.exception.exit_code, result.stdout, f"{result.stderr}{result.exception}\n"
        if result.exception is not None:
            raise result.exception
        return int(result.return_value or 0), result.stdout, result.stderr

    return run


def _digest(content: bytes) -> str:
    if len(content) >= LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _handler(hub: Hub, *, cdn: bool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            hub.requests.append(Request(self.command, path, cdn, headers))
            for end, refusals in hub.refusals.items():
                if path.endswith(end) and refusals:
                    self._send(*refusals.pop(0))
                    return
            if not cdn and hub.token and self.headers["Authorization"] != f"Bearer {hub.token}":
                self._send(401, {"X-Error-Code": "RepoNotFound"})
            elif api := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
                self._model(api[1], api[2] or "main")
            elif file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                self._file(*file.groups())
            else:
                self._send(404, {})

        def _model(self, repository: str, revision: str) -> None:
            commit = hub.revisions.get(f"{repository}@{revision}")
            if commit is None:
                known = any(name.startswith(f"{repository}@") for name in hub.revisions)
                self._send(404, {"X-Error-Code": "RevisionNotFound" if known else "RepoNotFound"})
                return
            siblings = [{"rfilename": path} for path in hub.files[f"{repository}@{commit}"]]
            told = {"id": repository, "sha": commit, "siblings": siblings}
            self._send(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

        def _file(self, repository: str, revision: str, path: str) -> None:
            commit = hub.revisions.get(f"{repository}@{revision}", "")
            content = hub.files.get(f"{repository}@{commit}", {}).get(path)
            if content is None:
                self._send(404, {"X-Error-Code": "EntryNotFound"})
                return
            headers = {"X-Repo-Commit": commit, "ETag": f'"{_digest(content)}"'}
            if cdn or (self.command == "HEAD" and len(content) < LARGE):
                self._content(path, content, headers)
                return
            if len(content) >= LARGE:
                headers["X-Linked-Etag"] = f'"{_digest(content)}"'
                headers["X-Linked-Size"] = str(len(content))
            # As the hub does: to a signed address on another host.
            place = f"http://127.0.0.1:{hub.ports[1]}{urlsplit(self.path).path}?Signature=for-nobody-else"
            self._send(302, {**headers, "Location": place})

        def _content(self, path: str, content: bytes, headers: dict[str, str]) -> None:
            if path in hub.spoiled:
                content = content[:-1] + bytes([content[-1] ^ 1])
            start = 0
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if asked and not hub.ignores_ranges:
                start = int(asked[1])
                headers = {
                    **headers,
                    "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}",
                }
            cuts = hub.cuts.get(path, [])
            cut = cuts.pop(0) if cuts and self.command == "GET" else None
            self._send(206 if "Content-Range" in headers else 200, headers, content[start:], cut)

        def _send(
            self, status: int, headers: dict[str, str], body: bytes = b"", cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            try:
                pieces = body if cut is None else body[:cut]
                for at in range(0, len(pieces), 10_000):
                    self.wfile.write(pieces[at : at + 10_000])
                    self.wfile.flush()
                    if hub.seconds_a_piece and len(body) >= LARGE:
                        time.sleep(hub.seconds_a_piece)
            except OSError:  # the client has gone
                self.close_connection = True
            if cut is not None:
                self.close_connection = True

    return Handler
