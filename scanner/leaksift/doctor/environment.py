"""Environment variables that change what leaksift does, without what must not be shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leaksift.doctor.check import Check

_SHOWN = (
    "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_HOME", "TRANSFORMERS_OFFLINE", "GIT_DIR",
    "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_CONFIG_GLOBAL", "SKIP", "CUDA_VISIBLE_DEVICES",
    "NO_COLOR", "FORCE_COLOR",
)  # fmt: skip
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")

# Their values are tokens, or texts that somebody wants no scan to show.
_NAMED_ONLY = {
    "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "LEAKSIFT_STOP_WORDS", "LEAKSIFT_ALLOW",
    "LEAKSIFT_RULES", "LEAKSIFT_MESSAGE",
}  # fmt: skip

_OFFLINE = ("LEAKSIFT_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")

_LONGEST = 120


def environment_checks(environ: Mapping[str, str]) -> Iterator[Check]:
    """Whether models may be fetched, and each variable that is set."""
    # As weights/hub.py takes them, which would load the client of the hub.
    off = [name for name in _OFFLINE if environ.get(name, "").lower() in {"1", "true", "yes", "on"}]
    told = f"nothing is fetched: {', '.join(off)}" if off else "only `leaksift models` uses it"
    yield Check("network", told)
    for name in sorted(environ):
        if name in _NAMED_ONLY:
            yield Check(name, "is set")
        elif name.startswith("LEAKSIFT_") or name in _SHOWN or name.upper() in _PROXIES:
            value = environ[name]
            # What has an @ elsewhere is a model at a revision.
            if "://" in value or name.upper() in _PROXIES:
                value = without_credentials(value)
            yield Check(name, value[:_LONGEST])


def without_credentials(address: str) -> str:
    """The address, or one without a scheme, with all before its last @ masked: a password may hold
    any sign."""
    before, at, host = address.rpartition("@")
    scheme, separator, _ = before.partition("://")
    if not at:
        return address
    return f"{scheme}://****@{host}" if separator else f"****@{host}"
