"""`device`: which provider computes a model, and what is said where it cannot.

Only what runs without a GPU is run; for the others it is tested what onnxruntime would be given.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import onnxruntime
import pytest

from leaksift import Config, PrivacyFilter
from leaksift.config import DEVICES, KEYS, load_config
from leaksift.document import Document
from leaksift.errors import ConfigError, ModelError, UsageError
from leaksift.model.backend import open_session, plan_session
from leaksift.model.detector import ModelDetector
from leaksift.model.providers import (
    CPU,
    ON_CPU,
    Choice,
    NotStarting,
    choose,
    devices_of,
    open_graph,
)
from leaksift.model.session import OnnxSession

PROVIDERS = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
}
ALL = [*PROVIDERS.values(), "AzureExecutionProvider", "TensorrtExecutionProvider"]

FLOATS = ("q4", "q4f16", "fp16", "fp32", "")
INTEGERS = ("int8", "quantized")


def test_every_device_of_the_configuration_has_a_provider():
    assert tuple(DEVICES) == ("auto", *PROVIDERS)
    assert devices_of(ALL) == list(PROVIDERS)
    for device, provider in PROVIDERS.items():
        assert choose(device, ALL, embedded=False, form="fp32").provider == provider


@pytest.mark.parametrize("device", PROVIDERS)
@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize("form", [*FLOATS, *INTEGERS])
def test_a_device_that_is_named_is_taken_for_every_model(device, embedded, form):
    choice = choose(device, ALL, embedded=embedded, form=form)
    assert (choice.device, choice.asked) == (device, True)
    first, *others = choice.providers
    assert (first if isinstance(first, str) else first[0]) == PROVIDERS[device]
    assert others == ([] if device == "cpu" else [CPU])


@pytest.mark.parametrize("device", [name for name in PROVIDERS if name != "cpu"])
def test_a_device_that_is_not_there_is_one_line_that_says_what_is_and_what_to_install(device):
    with pytest.raises(UsageError) as caught:
        choose(device, [CPU, "AzureExecutionProvider"], embedded=False, form="", version="9.9")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"device {device}: the installed onnxruntime 9.9 does not have it")
    assert "only cpu" in message
    assert "install" in message or "in the place of" in message or "macOS" in message


@pytest.mark.parametrize("embedded", [True, False])
def test_auto_is_the_processor_where_there_is_nothing_else(embedded):
    choice = choose("auto", [CPU, "AzureExecutionProvider"], embedded=embedded, form="fp32")
    assert (choice.provider, choice.asked, choice.providers) == (CPU, False, [CPU])


def test_auto_leaves_the_embedded_model_to_the_processor():
    for form in (*FLOATS, *INTEGERS):
        assert choose("auto", ALL, embedded=True, form=form).provider == CPU


@pytest.mark.parametrize("form", FLOATS)
def test_auto_takes_a_gpu_for_the_large_model(form):
    assert choose("auto", ALL, embedded=False, form=form).device == "cuda"
    there = [PROVIDERS["directml"], CPU]
    assert choose("auto", there, embedded=False, form=form).device == "directml"


@pytest.mark.parametrize("form", INTEGERS)
def test_auto_leaves_graphs_of_integers_to_the_processor(form):
    choice = choose("auto", ALL, embedded=False, form=form)
    assert choice.provider == CPU
    assert "int8" in choice.why


def test_auto_never_takes_what_is_installed_everywhere_or_computes_in_halves():
    there = [PROVIDERS["coreml"], PROVIDERS["openvino"], CPU]
    for form in (*FLOATS, *INTEGERS):
        assert choose("auto", there, embedded=False, form=form).provider == CPU


def test_a_gpu_that_is_named_for_an_int8_graph_comes_with_a_notice():
    assert "another form" in str(choose("cuda", ALL, embedded=False, form="int8").notice)
    assert choose("cpu", ALL, embedded=False, form="int8").notice is None
    assert choose("cuda", ALL, embedded=False, form="fp16").notice is None


def test_providers_are_told_to_stay_exact():
    options = {name: dict(choose(name, ALL, embedded=False, form="").options) for name in PROVIDERS}
    assert options["cuda"]["use_tf32"] == "0"
    assert options["openvino"]["precision"] == "ACCURACY"
    # The neural engine, which "ALL" would take, computes in halves.
    assert options["coreml"]["MLComputeUnits"] == "CPUAndGPU"


# Where a device does not start


@pytest.fixture
def of_another_build() -> Iterator[Choice]:
    """CUDA, of which this onnxruntime takes no notice: as one with CUDA does where its libraries
    are missing, it makes a session on the processor and says so in a warning at most."""
    if PROVIDERS["cuda"] in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Specified provider", UserWarning)
        yield Choice("cuda", PROVIDERS["cuda"], "for the test", asked=True)


def test_a_session_that_silently_went_to_the_processor_is_an_error(tiny, of_another_build):
    with pytest.raises(NotStarting, match=r"device cuda: CUDAExecutionProvider .* does not start"):
        open_graph(tiny.graph, of_another_build)
    with pytest.raises(ModelError, match="use --device cpu") as caught:
        OnnxSession(tiny.graph, len(tiny.tags), of_another_build)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("of_another_build")
def test_auto_then_takes_the_processor_and_says_so(tiny, monkeypatch, capsys):
    # What an onnxruntime that was built with CUDA says, whether a GPU is there or not.
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: [PROVIDERS["cuda"], CPU], raising=True
    )
    assert plan_session(tiny, None).choice.device == "cuda"
    detector = ModelDetector(tiny)
    spans = detector.detect([Document("a.txt", "Dear Ada, come on 3 May.\n" * 9, 99)])
    (notice,) = detector.notices
    assert "does not start" in notice
    assert notice.endswith("the processor reads the model instead")
    monkeypatch.undo()
    assert spans == ModelDetector(tiny).detect(
        [Document("a.txt", "Dear Ada, come on 3 May.\n" * 9, 99)]
    )
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("of_another_build")
def test_a_device_that_was_named_is_an_error_then(tiny, monkeypatch):
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: [PROVIDERS["cuda"], CPU], raising=True
    )
    with pytest.raises(ModelError, match="does not start"):
        open_session(tiny, None, "cuda")


def test_a_damaged_graph_is_told_as_such_and_not_as_a_device(tiny_copy, tiny):
    graph = tiny_copy / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:3000])
    with pytest.raises(ModelError, match="cannot load it"):
        OnnxSession(graph, len(tiny.tags), ON_CPU)


# What a user can set


def lacking() -> str:
    there = onnxruntime.get_available_providers()
    return next(name for name, provider in PROVIDERS.items() if provider not in there)


def test_a_detector_with_a_device_that_is_not_there_is_refused_before_there_is_a_text(tiny):
    with pytest.raises(UsageError, match="does not have it"):
        ModelDetector(tiny, device=lacking())


def test_numpy_and_a_device_contradict_each_other(tiny_embedded, monkeypatch):
    monkeypatch.setenv("LEAKSIFT_BACKEND", "numpy")
    with pytest.raises(UsageError, match="LEAKSIFT_BACKEND=numpy computes on the processor"):
        ModelDetector(tiny_embedded, device="cuda")
    ModelDetector(tiny_embedded, device="cpu")


def test_the_device_is_a_key_of_the_configuration_and_a_variable(tmp_path: Path):
    (tmp_path / ".leaksift.toml").write_text('device = "openvino"\n')
    assert load_config(tmp_path, environ={}).config.device == "openvino"
    loaded = load_config(tmp_path, environ={"LEAKSIFT_DEVICE": "cpu"})
    assert (loaded.config.device, loaded.origins["device"]) == (
        "cpu",
        "environment LEAKSIFT_DEVICE",
    )
    with pytest.raises(ConfigError, match="auto, cpu, cuda"):
        load_config(tmp_path, environ={"LEAKSIFT_DEVICE": "gpu"})
    assert Config().device == "auto"
    assert "device" in KEYS


def test_a_filter_takes_the_same_devices(tiny_path):
    with PrivacyFilter.load(model=str(tiny_path), device="cpu") as used:
        assert used.settings.device == "cpu"
    with pytest.raises(UsageError, match="device is one of auto, cpu, cuda, coreml"):
        PrivacyFilter.load(device="tpu")
    with pytest.raises(UsageError, match="does not have it"):
        PrivacyFilter.load(model=str(tiny_path), device=lacking())
