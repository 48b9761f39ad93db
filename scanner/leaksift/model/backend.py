"""Which program computes the model: onnxruntime, or NumPy where there is none.

`LEAKSIFT_BACKEND` says which; without it onnxruntime, and NumPy when that cannot be imported.
Importing this module loads neither.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from leaksift.errors import ModelError, UsageError
from leaksift.printable import printable

if TYPE_CHECKING:
    from leaksift.model.directory import ModelDirectory
    from leaksift.model.session import Session

VARIABLE = "LEAKSIFT_BACKEND"
BACKENDS = ("onnxruntime", "numpy")


def wanted_backend(environ: Mapping[str, str] = os.environ) -> str | None:
    """The backend that the environment names; None when it leaves the choice. Raises UsageError."""
    name = environ.get(VARIABLE) or None
    if name is not None and name not in BACKENDS:
        raise UsageError(f"{VARIABLE} is one of {', '.join(BACKENDS)}, not {name!r}")
    return name


def open_session(directory: ModelDirectory, backend: str | None) -> tuple[Session, str | None]:
    """A session of this backend, and a line for the reader where it is not the usual one.

    Raises ModelError when the files are damaged, or the backend cannot compute the model.
    """
    # Here, because both load NumPy.
    from leaksift.model.session import OnnxSession

    if backend != "numpy":
        try:
            return OnnxSession(directory.graph, len(directory.tags)), None
        except ImportError as error:
            if backend is not None:
                raise ModelError(
                    f"onnxruntime cannot be imported ({_first_line(error)}); install it, or set "
                    f"{VARIABLE}=numpy"
                ) from None
    from leaksift.model.numpy_session import NumpySession

    session = NumpySession(directory)
    if backend is not None:
        return session, None
    return session, "onnxruntime cannot be imported: NumPy reads the model, which is slower"


def _first_line(error: ImportError) -> str:
    return printable((str(error).strip().splitlines() or ["unknown error"])[0][:200])
