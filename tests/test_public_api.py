"""What `import leaksift` promises."""

import subprocess
import sys
from pathlib import Path

import leaksift


def test_every_public_name_is_there_and_nothing_else_pretends_to_be() -> None:
    assert all(getattr(leaksift, name) is not None for name in leaksift.__all__)
    assert {name for names in leaksift._HOMES.values() for name in names} == set(leaksift.__all__)


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = ["onnxruntime", "numpy", "git", "sarif_om", "tqdm", "phonenumbers", "click"]
    program = f"import sys, leaksift; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_a_folder_can_be_scanned_from_python(tmp_path: Path) -> None:
    planted = "postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal.acme.io:5432/x"
    (tmp_path / "settings.py").write_text(f"DATABASE = '{planted}'\n", encoding="utf-8")
    loaded = leaksift.load_config(tmp_path, environ={}, flags={"model": "none"})
    result = leaksift.scan(leaksift.Target("paths", paths=(str(tmp_path),)), loaded)
    assert [finding.start_line for finding in result.findings] == [1]
    assert "Horse" not in repr(result)


def test_the_baseline_is_left_out_only_where_it_is_one(tmp_path: Path) -> None:
    planted = "postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal.acme.io:5432/x"
    name = ".leaksift-baseline.json"
    (tmp_path / name).write_text(f'{{"format": 1, "url": "{planted}"}}', encoding="utf-8")
    config = leaksift.load_config(tmp_path, environ={}, flags={"model": "none", "baseline": ""})
    target = leaksift.Target("paths", paths=(str(tmp_path),))
    assert len(leaksift.scan(target, config).findings) == 1
    (tmp_path / name).write_text(
        f'{{"format": 1, "salt": "{"0" * 64}", "entries": []}}', encoding="utf-8"
    )
    config = leaksift.load_config(tmp_path, environ={}, flags={"model": "none"})
    assert [skipped.reason for skipped in leaksift.scan(target, config).skipped] == ["excluded"]
