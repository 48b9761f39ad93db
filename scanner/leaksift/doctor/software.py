"""Versions of what a scan is made of, and what the processor can do."""

from __future__ import annotations

import importlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from leaksift import __version__
from leaksift.doctor.check import Check

# Packages that bring a module `onnxruntime`: of two, one has written over the other's files.
_RUNTIMES = (
    "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino",
    "onnxruntime-silicon", "onnxruntime-rocm", "onnxruntime-qnn",
)  # fmt: skip

_X86 = {"x86_64", "amd64", "i386", "i686", "x86"}


def software_checks() -> Iterator[Check]:
    """leaksift, Python, the packages, the system, the processor."""
    yield Check("leaksift", __version__)
    yield Check("Python", f"{platform.python_version()} ({platform.python_implementation()})")
    yield from (_package(name) for name in ("hyperscan", "numpy", "tokenizers"))
    yield _runtime()
    yield Check("system", f"{_system()}, {platform.machine() or 'unknown machine'}")
    yield Check("processor", f"{os.cpu_count() or 1} cores; {_vnni()}")


def _package(name: str) -> Check:
    try:
        # That it is installed does not say that its compiled part loads here.
        importlib.import_module(name)
        return Check(name, metadata.version(name))
    except Exception as error:  # a compiled module may raise anything
        advice = f"pip install --force-reinstall {name}"
        return Check(name, f"cannot be imported: {_first_line(error)}", "problem", advice)


def _runtime() -> Check:
    from leaksift.model.providers import devices_of, import_onnxruntime

    installed = [name for name in _RUNTIMES if _version(name)]
    try:
        runtime = import_onnxruntime()
        told = (
            f"{runtime.__version__} for {', '.join(devices_of(runtime.get_available_providers()))}"
        )
    except Exception as error:  # a compiled module may raise anything
        # Whether that is a problem depends on the model, which is looked at later.
        advice = "pip install --force-reinstall onnxruntime"
        return Check("onnxruntime", f"cannot be imported: {_first_line(error)}", "note", advice)
    if len(installed) > 1:
        return Check(
            "onnxruntime",
            f"{told}; {' and '.join(installed)} are installed over each other",
            "note",
            "uninstall all of them and install one: docs/models.md, Devices",
        )
    return Check("onnxruntime", f"{told} ({installed[0]})" if installed else told)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _system() -> str:
    # Not platform.platform(): the kernel's full name tells about the machine, and nobody needs it.
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release().partition('-')[0]}"


def _vnni() -> str:
    """Whether the processor multiplies bytes exactly and fast (see `model/selftest.py`)."""
    if platform.machine().lower() not in _X86:
        return "not x86, VNNI is not needed"
    features = _features()
    if features is None:
        return "VNNI: unknown on this system"
    return "VNNI" if any("vnni" in feature for feature in features) else "no VNNI"


def _features() -> list[str] | None:
    """What the system says of an x86 processor, in small letters; None where it says nothing."""
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.leaf7_features"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=5, check=True)  # noqa: S603 - a fixed command
        except (OSError, subprocess.SubprocessError):
            return None
        return done.stdout.decode("ascii", "replace").lower().split()
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            lines = (line.partition(":") for line in file)
            return next(
                (flags.split() for name, _, flags in lines if name.strip() == "flags"), None
            )
    except OSError:
        return None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
