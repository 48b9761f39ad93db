"""The two steps of the Action that know models, as they call `leaksift`."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.weights.conftest import TINY, Hub

ROOT = Path(__file__).parents[2]
NAME = "openai/privacy-filter"


@pytest.fixture
def driver() -> ModuleType:
    specification = importlib.util.spec_from_file_location("action_run", ROOT / "action" / "run.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["action_run"] = module  # dataclasses look there
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def job(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    (tmp_path / "workspace").mkdir()
    environment = {**environment, "RUNNER_TEMP": str(tmp_path / "temporary")}
    return {**environment, "GITHUB_WORKSPACE": str(tmp_path / "workspace")}


def inputs(driver: ModuleType, model: str) -> object:
    import json

    given = {"scope": "all", "model": model, **dict.fromkeys(driver._FLAGS, "true")}
    return driver.read_inputs({"INPUTS": json.dumps(given)})


@pytest.mark.slow
def test_the_action_finds_restores_and_repairs_the_weights(
    driver: ModuleType, job: dict[str, str], hub: Hub, tmp_path: Path, store: Path
) -> None:
    place = driver.workplace(job)
    place.mkdir(parents=True)
    if sys.platform == "win32":
        pytest.skip("symbolic links")
    (place / "environment").symlink_to(sys.prefix)
    python = Path(driver.python_of(place / "environment"))
    assert driver.needs_weights(NAME, job)
    key = driver._weights(python, NAME, job)
    assert len(key["weights"]) == 64
    folder = Path(job["GITHUB_WORKSPACE"], key["weights-folder"])
    assert driver.weights(inputs(driver, NAME), job) == {"save": "true"}
    packed = Path(shutil.copytree(folder, tmp_path / "packed"))
    # Another job: nothing but what the hub says and what the cache restores.
    shutil.rmtree(store)
    assert driver._weights(python, NAME, job) == key
    shutil.copytree(packed, folder)
    hub.requests.clear()
    assert driver.weights(inputs(driver, NAME), {**job, "RESTORED": "true"}) == {"save": "false"}
    assert hub.requests == []
    # And one whose cache somebody has written to.
    (folder / "config.json").write_text("{}", "utf-8")
    assert driver.weights(inputs(driver, NAME), {**job, "RESTORED": "true"}) == {"save": "false"}
    assert hub.asked() == ["config.json"]


def test_a_name_of_a_hub_is_never_a_folder_of_the_checkout(
    driver: ModuleType, job: dict[str, str]
) -> None:
    workspace = Path(job["GITHUB_WORKSPACE"])
    shutil.copytree(TINY, workspace / "openai" / "privacy-filter")
    assert driver.needs_weights(NAME, job)
    assert driver.needs_weights(f"{NAME}@main:q4", job)
    assert not driver.needs_weights(f"./{NAME}", job)
    assert not driver.needs_weights(f"./{NAME}:fp32", job)
    for model in ("embedded", "none", ""):
        assert not driver.needs_weights(model, job)
    with pytest.raises(driver.Failure, match="neither a folder"):
        driver.needs_weights("nowhere", job)
