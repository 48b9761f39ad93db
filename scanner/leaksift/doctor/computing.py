"""The model, what computes it, and whether that works: it is opened and reads a sentence."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from leaksift.config import Config
from leaksift.doctor.check import Check
from leaksift.errors import LeaksiftError

if TYPE_CHECKING:
    from leaksift.model.backend import Plan
    from leaksift.model.directory import ModelDirectory

_SENTENCE = "Dear Ada, the parcel for 12 Harbour Lane comes on 3 May.\n"


def computing_checks(config: Config) -> Iterator[Check]:
    """The model of a configuration, its device, the self-test of that, and a first reading."""
    if config.model == "none":
        yield Check("model", "none: rules only")
        return
    stage = "model"
    try:
        # These load NumPy, which may be what is missing here.
        from leaksift.model.backend import plan_session, wanted_backend
        from leaksift.pipeline import find_model

        directory = find_model(config)
        if directory is None:
            advice = "--model DIR loads one"
            yield Check(stage, "none is in this package: rules only", "note", advice)
            return
        yield _model(config, directory)
        stage = "operating point"
        directory.operating_point(config.operating_point)
        points = ", ".join(sorted(directory.operating_points))
        yield Check(stage, f"{config.operating_point} (the model has {points})")
        stage = "device"
        plan = plan_session(directory, wanted_backend(), config.device)
        yield _device(plan)
        yield from _self_test(plan)
        stage = "reading"
        yield from _reading(config, directory)
    except LeaksiftError as error:
        # Its line says what to do.
        yield Check(stage, str(error), "problem")
    except ImportError as error:
        yield Check(stage, f"not possible: {error}", "problem", "see the packages above")


def _model(config: Config, directory: ModelDirectory) -> Check:
    from leaksift.weights import store
    from leaksift.weights.names import parse_name

    name = None if config.model == "embedded" else parse_name(config.model)
    found = store.find(name) if name is not None else None
    if found is not None:  # and verified, as it was located
        verified = found.entry.verified or "with this"
        entry, state = found.entry, f"as the hub declares, last read whole {verified}"
    else:
        entry = store.of_folder(directory.path)
        state = "part of the package" if config.model == "embedded" else "a folder"
    return Check(
        "model",
        f"{config.model}, {directory.graph.name}, {entry.size / 1e6:,.1f} MB, "
        f"digest {entry.digest[:12]}; {state}",
    )


def _device(plan: Plan) -> Check:
    if plan.choice is None:
        advice = "" if plan.notice is None else "pip install onnxruntime"
        told = f"cpu by NumPy: {plan.why}"
        return Check("device", told, "note" if plan.notice else "ok", advice)
    told = f"{plan.choice.device} by onnxruntime ({plan.choice.provider}): {plan.why}"
    if plan.notice:
        return Check("device", told, "note", plan.notice)
    return Check("device", told)


def _self_test(plan: Plan) -> Iterator[Check]:
    """Told also where the model does not need it: the next one may."""
    if plan.choice is None:
        return
    from leaksift.model.backend import needs_test
    from leaksift.model.selftest import integer_products

    used = "this model needs them" if needs_test(plan.form) else "this model needs none"
    try:
        test = integer_products(plan.choice)
    except LeaksiftError:
        return  # the device does not start, which the reading tells
    seconds = f"{test.seconds * 1e3:.1f} ms"
    if test.passed:
        yield Check("self-test", f"{test.sums:,} integer products are exact ({seconds}); {used}")
        return
    exact = integer_products(plan.choice, exact=True).passed
    yield Check(
        "self-test",
        f"{test.wrong:,} of {test.sums:,} integer products are inexact ({seconds}); {used}",
        "note",
        "int8 graphs are computed in a slower way that is exact"
        if exact
        else "int8 graphs cannot be used: another form of the model takes their place",
    )


def _reading(config: Config, directory: ModelDirectory) -> Iterator[Check]:
    from leaksift.document import Document
    from leaksift.model.detector import ModelDetector

    detector = ModelDetector(
        directory, config.operating_point, device=config.device, screened=False
    )
    document = Document(path="doctor.txt", text=_SENTENCE, size=len(_SENTENCE))
    times = []
    for _ in range(2):
        begun = time.perf_counter()
        spans = detector.detect([document])[0]
        times.append(time.perf_counter() - begun)
    for notice in detector.notices:
        yield Check("device", notice, "note")
    first, second = times
    yield Check(
        "reading",
        f"ready in {max(0.0, first - second):.2f} s, a sentence in {second * 1e3:.1f} ms "
        f"({len(spans)} spans)",
    )
