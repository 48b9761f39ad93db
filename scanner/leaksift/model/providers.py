"""What computes a model: from the name of a device to an execution provider of onnxruntime, and how
a graph is opened with it.

Which providers there are is decided by the package of onnxruntime that is installed. Of those named
here, CPU and OpenVINO on a CPU have been run; the options of the others follow their documentation
(https://onnxruntime.ai/docs/execution-providers/). Importing this module loads nothing.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leaksift.errors import ModelError, UsageError

CPU = "CPUExecutionProvider"
_CUDA, _DIRECTML = "CUDAExecutionProvider", "DmlExecutionProvider"
_OPENVINO = "OpenVINOExecutionProvider"

INTEGER_FORMS = ("int8", "quantized")
"""Forms of a graph that multiply integers: see `selftest.py`."""


class NotStarting(ModelError):
    """A device is installed and does not work."""


@dataclass(frozen=True)
class _Kind:
    """What is known of a device: its provider, options that keep it exact, and who has it."""

    provider: str
    install: str
    options: Mapping[str, str] = field(default_factory=dict)


_KINDS: Mapping[str, _Kind] = {
    "cpu": _Kind(CPU, "install onnxruntime"),
    # TF32, which is on by default, multiplies with 10 bits of a number.
    "cuda": _Kind(
        _CUDA, "install leaksift[gpu] as docs/models.md says under Devices", {"use_tf32": "0"}
    ),
    # The neural engine computes in halves only.
    "coreml": _Kind(
        "CoreMLExecutionProvider",
        "onnxruntime has it on macOS",
        {"ModelFormat": "MLProgram", "MLComputeUnits": "CPUAndGPU"},
    ),
    "directml": _Kind(
        _DIRECTML,
        "on Windows put onnxruntime-directml in the place of onnxruntime (docs/models.md)",
    ),
    # Its GPUs would compute in halves without being asked.
    "openvino": _Kind(
        _OPENVINO,
        "put onnxruntime-openvino in the place of onnxruntime (docs/models.md)",
        {"precision": "ACCURACY"},
    ),
}

_SLOWLY = "an int8 graph is made for processors"


@dataclass(frozen=True)
class Choice:
    """A device with its provider, and why it is this one. `asked`: the user named it, and nothing
    else will do. `options` are pairs."""

    device: str
    provider: str
    why: str
    asked: bool = False
    options: tuple[tuple[str, str], ...] = ()
    notice: str | None = None

    @property
    def providers(self) -> list[str | tuple[str, dict[str, str]]]:
        """For onnxruntime: what the device cannot compute is left to the CPU."""
        if self.provider == CPU:
            return [CPU]
        return [(self.provider, dict(self.options)), CPU]


ON_CPU = Choice("cpu", CPU, "it was asked for", asked=True)


def choose(
    device: str, available: Sequence[str], *, embedded: bool, form: str, version: str = ""
) -> Choice:
    """What computes a graph of this form where the installed onnxruntime has `available`.

    `auto` takes a GPU only for a large model in a form that GPUs compute: a small one is read
    before its first batch has reached the GPU, and an integer form would be handed back and forth.
    It never takes another form, which would give other results, and never CoreML or OpenVINO: that
    these are installed says nothing of what they run on. Raises UsageError for a device that there
    is not.
    """
    if device != "auto":
        kind = _KINDS[device]
        if kind.provider not in available:
            raise UsageError(_lacking(device, available, version))
        on_gpu = form == "int8" and device != "cpu"
        notice = f"{_SLOWLY}: on {device} use another form of the model" if on_gpu else None
        options = tuple(kind.options.items())
        return Choice(device, kind.provider, "it was asked for", True, options, notice)
    if embedded:
        return Choice("cpu", CPU, "a model of this size is fastest there")
    gpus = [name for name in ("cuda", "directml") if _KINDS[name].provider in available]
    if not gpus:
        return Choice("cpu", CPU, "the installed onnxruntime has no provider for a GPU")
    if form in INTEGER_FORMS:
        return Choice("cpu", CPU, _SLOWLY)
    kind = _KINDS[gpus[0]]
    why = "the installed onnxruntime has a provider for a GPU"
    return Choice(gpus[0], kind.provider, why, options=tuple(kind.options.items()))


def devices_of(available: Sequence[str]) -> list[str]:
    """The names of the devices whose providers are there."""
    return [device for device, kind in _KINDS.items() if kind.provider in available]


def import_onnxruntime() -> Any:
    """The module, told to report to nobody. Raises ImportError."""
    # onnxruntime reports usage to its maker. Since 1.31 it does so on Linux too: importing it
    # writes a device id and a database of events below the home and the temporary folder,
    # unless this is set before. The call stops it in older builds for Windows.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # 60 ms and 30 MB that a run without a model need not spend

    if not hasattr(onnxruntime, "InferenceSession"):
        # What is left where one of two packages of that name was uninstalled: the others' files.
        raise ImportError("only parts of it are there")
    onnxruntime.disable_telemetry_events()
    return onnxruntime


def open_graph(graph: Path, choice: Choice, *, ready: bool = False, exact: bool = False) -> Any:
    """The graph as an `onnxruntime.InferenceSession` of one thread.

    `ready`: there is nothing left to optimise in it. `exact` multiplies integers without the
    instructions of x86 processors that saturate; see `selftest.py`. Raises NotStarting where the
    device does not, and what onnxruntime raises for the graph.
    """
    runtime = import_onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Errors come as exceptions; on standard error they would be in the way of the report.
    options.log_severity_level = 4
    if ready:
        # The graphs of the large model have thousands of nodes. Optimising them takes seconds
        # and changes nothing, and planning which buffers to use again is quadratic in them.
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.enable_mem_reuse = False
        # The memory set aside for a shape seen before is twice what a run needs, for no speed.
        options.enable_mem_pattern = False
    if exact:
        # Weights become unsigned, which the optimiser does and no level below this one
        # (kOrtSessionOptionsAvx2PrecisionMode).
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.add_session_config_entry("session.x64quantprecision", "1")
    said = ""
    if choice.provider == _CUDA:
        said = _preloaded(runtime)
    if choice.provider == _DIRECTML:
        # https://onnxruntime.ai/docs/execution-providers/DirectML-ExecutionProvider.html
        options.enable_mem_pattern = False
    providers = choice.providers
    if choice.provider == _OPENVINO:
        providers = [(_OPENVINO, {**dict(choice.options), **_openvino_device()}), CPU]
    if choice.provider != CPU:
        # A provider that does not start says so here, whatever the level above is.
        runtime.set_default_logger_severity(4)
    try:
        # Without the last argument, the package prints to standard output and takes the CPU.
        session = runtime.InferenceSession(
            str(graph), options, providers=providers, enable_fallback=0
        )
    except Exception as error:  # onnxruntime's exceptions share no base but this
        if choice.provider == CPU:
            raise
        said = f" ({(str(error).strip().splitlines() or ['unknown error'])[0][:160]})"
        raise _not_starting(choice, runtime.__version__, said) from None
    # Where a library of the provider is missing, it takes the CPU all the same.
    if session.get_providers()[0] != choice.provider:
        raise _not_starting(choice, runtime.__version__, said)
    return session


def _not_starting(choice: Choice, version: str, said: str) -> NotStarting:
    return NotStarting(
        f"device {choice.device}: {choice.provider} of onnxruntime {version} does not start{said}; "
        "check the driver and the libraries that it needs, or use --device cpu"
    )


def _preloaded(runtime: Any) -> str:
    """Loads CUDA's libraries where pip put them, and says what was missing."""
    preload = getattr(runtime, "preload_dlls", None)
    if preload is None:  # before 1.21
        return ""
    printed = io.StringIO()
    # It prints what it cannot load to standard output, where a report may be on its way.
    with contextlib.redirect_stdout(printed), contextlib.suppress(Exception):
        preload()
    lines = printed.getvalue().splitlines()
    return f" ({lines[0][:160]})" if lines else ""


def _openvino_device() -> dict[str, str]:
    """Intel's GPU where there is one, else the processor."""
    try:
        from onnxruntime.capi._pybind_state import get_available_openvino_device_ids

        names = get_available_openvino_device_ids()
    except Exception:  # another build; it says by itself what it lacks
        names = []
    gpus = [name for name in names if name.startswith("GPU")]
    return {"device_type": gpus[0] if gpus else "CPU"}


def _lacking(device: str, available: Sequence[str], version: str) -> str:
    there = ", ".join(devices_of(available)) or "nothing that is known here"
    return (
        f"device {device}: the installed onnxruntime {version} does not have it, only {there}: "
        f"{_KINDS[device].install}"
    )
