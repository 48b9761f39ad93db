"""Which program computes the model, and on what: onnxruntime on a device, or NumPy where there is
no onnxruntime.

`LEAKSIFT_BACKEND` names the program and `device` of the configuration the device; what they leave
open is decided here. Where what was decided cannot be used, something else may take its place, and
a notice says so; what the user named is used, or it is an error. Importing this module loads
neither program.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from leaksift.errors import ModelError, UsageError
from leaksift.model.directory import VARIANTS, open_model_directory
from leaksift.model.providers import INTEGER_FORMS, ON_CPU, Choice, choose, import_onnxruntime
from leaksift.printable import printable

if TYPE_CHECKING:
    from leaksift.model.directory import ModelDirectory
    from leaksift.model.session import Session

VARIABLE = "LEAKSIFT_BACKEND"
BACKENDS = ("onnxruntime", "numpy")

# Forms that multiply no integers, the nearest to int8 in speed first.
_SAFE_FORMS = ("q4", "q4f16", "fp16", "fp32")

SELF_TEST = Path(__file__).with_name("selftest.onnx")
"""The graph of `selftest.py`."""


class Opened(NamedTuple):
    """A session, and lines for the reader where it is not what is usual. `substitute`: it reads
    another graph than the directory's, whose results differ a little."""

    session: Session
    notices: tuple[str, ...] = ()
    substitute: bool = False


@dataclass(frozen=True)
class Plan:
    """What is to compute a model: `choice` is None for NumPy. `form` is that of the graph; `why`
    and `notice` are for the reader."""

    backend: str
    form: str
    why: str
    choice: Choice | None = None
    notice: str | None = None


def wanted_backend(environ: Mapping[str, str] = os.environ) -> str | None:
    """The backend that the environment names; None when it leaves the choice. Raises UsageError."""
    name = environ.get(VARIABLE) or None
    if name is not None and name not in BACKENDS:
        raise UsageError(f"{VARIABLE} is one of {', '.join(BACKENDS)}, not {name!r}")
    return name


def plan_session(directory: ModelDirectory, backend: str | None, device: str = "auto") -> Plan:
    """What would compute this model. Raises UsageError for a device that there is not, ModelError
    where onnxruntime was named and is not there."""
    form = form_of(directory)
    if backend == "numpy":
        _refuse_device(device, f"{VARIABLE}=numpy computes on the processor: unset it")
        return Plan("numpy", form, f"{VARIABLE} names it")
    try:
        runtime = import_onnxruntime()
    except ImportError as error:
        reason = f"onnxruntime cannot be imported ({_first_line(error)})"
        if backend is not None:
            raise ModelError(f"{reason}; install it, or set {VARIABLE}=numpy") from None
        _refuse_device(device, f"{reason}: install it")
        missing = "onnxruntime cannot be imported"
        return Plan(
            "numpy", form, missing, notice=f"{missing}: NumPy reads the model, which is slower"
        )
    choice = choose(
        device,
        runtime.get_available_providers(),
        embedded=directory.is_embedded_architecture,
        form=form,
        version=runtime.__version__,
    )
    return Plan("onnxruntime", form, choice.why, choice, choice.notice)


def open_session(
    directory: ModelDirectory,
    backend: str | None,
    device: str = "auto",
    *,
    test_graph: Path = SELF_TEST,
) -> Opened:
    """A session of this backend on this device. A graph that multiplies integers is used only
    where the device does that right, as `test_graph` tells.

    Raises UsageError for a device that there is not, and ModelError when the files are damaged, the
    device does not start, or nothing here can compute the model.
    """
    plan = plan_session(directory, backend, device)
    notices: tuple[str, ...] = (plan.notice,) if plan.notice else ()
    if plan.choice is None:
        return Opened(_in_numpy(directory), notices)
    try:
        opened = _on_device(directory, plan, plan.choice, test_graph)
    except ModelError as error:
        if plan.choice.asked or plan.choice.device == "cpu":
            raise
        on_cpu = replace(ON_CPU, asked=False)
        opened = _on_device(directory, plan, on_cpu, test_graph)
        notices += (f"{error}; the processor reads the model instead",)
    return opened._replace(notices=notices + opened.notices)


def form_of(directory: ModelDirectory) -> str:
    """The form of the graph: what it says itself, else what its name says. A key of VARIANTS, or
    nothing."""
    from leaksift.model.session import FORM, read_metadata  # NumPy

    said = read_metadata(directory.graph).get(FORM)
    if said:
        return said
    if directory.is_embedded_architecture:
        return "fp32"  # its weights are bytes, what it multiplies are floating-point numbers
    name = directory.graph.relative_to(directory.path).as_posix()
    return next((form for form, names in VARIANTS.items() if name in names), "")


def needs_test(form: str) -> bool:
    """Whether a graph of this form multiplies integers, which not every processor does exactly."""
    return form in INTEGER_FORMS


def _on_device(directory: ModelDirectory, plan: Plan, choice: Choice, test_graph: Path) -> Opened:
    from leaksift.model.session import OnnxSession  # NumPy

    classes = len(directory.tags)
    if not needs_test(plan.form):
        return Opened(OnnxSession(directory.graph, classes, choice))
    from leaksift.model.selftest import integer_products

    if integer_products(choice, graph=test_graph).passed:
        return Opened(OnnxSession(directory.graph, classes, choice))
    wrong = "this processor multiplies integers inexactly (x86 without VNNI)"
    failure = ""
    if integer_products(choice, exact=True, graph=test_graph).passed:
        try:
            session = OnnxSession(directory.graph, classes, choice, exact=True)
            return Opened(session, (f"{wrong}: a slower way is taken, with the same results",))
        except ModelError as error:
            failure = f"; the exact way fails: {error}"
    if safe := _safe_graph(directory):
        session = OnnxSession(safe, classes, choice)
        name = directory.graph.name
        return Opened(session, (f"{wrong}: {safe.name} is read in the place of {name}",), True)
    if directory.is_embedded_architecture:
        return Opened(_in_numpy(directory), (f"{wrong}: NumPy reads the model, which is slower",))
    raise ModelError(
        f"{directory.graph}: {wrong}, and the folder has no other form of the model: fetch one of "
        f"{', '.join(_SAFE_FORMS)}{failure}"
    )


def _safe_graph(directory: ModelDirectory) -> Path | None:
    for form in _SAFE_FORMS:
        if any((directory.path / name).is_file() for name in VARIANTS[form]):
            other = open_model_directory(directory.path, form)
            if not needs_test(form_of(other)):
                return other.graph
    return None


def _in_numpy(directory: ModelDirectory) -> Session:
    from leaksift.model.numpy_session import NumpySession  # NumPy

    return NumpySession(directory)


def _refuse_device(device: str, why: str) -> None:
    if device not in ("auto", "cpu"):
        raise UsageError(f"device {device}: {why}, or use --device cpu")


def _first_line(error: ImportError) -> str:
    return printable((str(error).strip().splitlines() or ["unknown error"])[0][:200])
