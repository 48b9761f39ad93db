"""Layers of configuration, and one clear line for every mistake."""

from pathlib import Path

import pytest

from leaksift.config import KEYS, AllowEntry, Config, as_toml, load_config
from leaksift.errors import ConfigError
from leaksift.finding import Severity


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(folder: Path, text: str, name: str = ".leaksift.toml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_without_a_file_everything_is_default(repository: Path) -> None:
    loaded = load_config(repository, environ={})
    assert loaded.config == Config()
    assert set(loaded.origins.values()) == {"default"}
    assert loaded.directory == repository


def test_the_nearest_file_up_to_the_repository_counts(repository: Path) -> None:
    write(repository, 'fail-on = "warn"')
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    loaded = load_config(inner, environ={})
    assert loaded.config.fail_on is Severity.WARN
    assert loaded.origins["fail-on"] == ".leaksift.toml"
    assert loaded.directory == repository


def test_a_file_above_the_repository_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, 'fail-on = "note"')
    inner = tmp_path / "repository"
    (inner / ".git").mkdir(parents=True)
    assert load_config(inner, environ={}).config.fail_on is Severity.BLOCK


def test_outside_a_repository_only_this_folder_counts(tmp_path: Path) -> None:
    write(tmp_path, 'fail-on = "note"')
    (tmp_path / "inner").mkdir()
    assert load_config(tmp_path / "inner", environ={}).config.fail_on is Severity.BLOCK


def test_pyproject_is_read_and_two_places_are_an_error(repository: Path) -> None:
    write(repository, "[tool.leaksift]\nstrict = true\n", "pyproject.toml")
    assert load_config(repository, environ={}).config.strict
    write(repository, "strict = false")
    with pytest.raises(ConfigError, match="keep one"):
        load_config(repository, environ={})


def test_lists_and_tables_add_up_and_other_values_are_replaced(repository: Path) -> None:
    write(
        repository,
        'exclude = ["vendor/"]\nmax-file-size = "1 MB"\nseverity = { a = "off" }\n'
        '[[allow]]\npath = "docs/"\n',
    )
    environ = {"LEAKSIFT_EXCLUDE": "dist/, build/", "LEAKSIFT_MAX_FILE_SIZE": "2000"}
    flags = {"exclude": ["x"], "severity": {"b": "warn"}, "allow": [{"rule": "jwt"}]}
    loaded = load_config(repository, environ=environ, flags=flags)
    assert loaded.config.exclude == ("vendor/", "dist/", "build/", "x")
    assert loaded.config.max_file_size == 2000
    assert loaded.config.severity == {"a": None, "b": Severity.WARN}
    assert loaded.config.allow == (AllowEntry(path="docs/"), AllowEntry(rule="jwt"))
    assert loaded.origins["exclude"] == (".leaksift.toml, environment LEAKSIFT_EXCLUDE, --exclude")


def test_severities_of_a_category_add_up_one_by_one(repository: Path) -> None:
    write(repository, '[category-severity.Health]\nsecret = "note"\njwt = "warn"\n')
    environ = {"LEAKSIFT_CATEGORY_SEVERITY": '{ Health = { jwt = "off" }, Sports = {} }'}
    assert load_config(repository, environ=environ).config.category_severity == {
        "Health": {"secret": Severity.NOTE, "jwt": None},
        "Sports": {},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('fail_on = "warn"', "unknown key 'fail_on'; did you mean 'fail-on'"),
        ('exlude = ["a"]', "did you mean 'exclude'"),
        ('fail-on = "fatal"', "fail-on: severity is one of note, warn, block"),
        ("exclude = 'a'", "exclude: must be a list"),
        ('max-file-size = "lots"', "max-file-size: must be a size"),
        ("strict = 1", "strict: must be true or false"),
        ('scope = "line"', "scope: is one of changed, file"),
        ('severity = { jwt = "loud" }', "severity: severity is one of"),
        ('category-severity = { Helth = { jwt = "off" } }', "'Helth'; did you mean 'Health'?"),
        ("category-severity = { Zzz = {} }", "unknown category 'Zzz'; there are Business"),
        ('category-severity = { Health = "block" }', "category-severity: must be a table"),
        ('category-severity = "block"', "category-severity: must be a table"),
        ('category-severity = { Sports = { jwt = "loud" } }', "severity is one of"),
        ("min-score = { jwt = 2 }", "min-score: a score is"),
        ('allow = [{ reason = "because" }]', "allow: an entry needs"),
        ('allow = [{ value = "(" }]', "no regular expression"),
        ('allow = [{ paths = "a" }]', "unknown key 'paths'"),
        ("a = [", "not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_it(
    repository: Path, text: str, message: str
) -> None:
    write(repository, text)
    with pytest.raises(ConfigError) as caught:
        load_config(repository, environ={})
    assert message in str(caught.value)
    assert ".leaksift.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_environment_variable_is_an_error_that_suggests_the_right_one(
    repository: Path,
) -> None:
    with pytest.raises(ConfigError, match="did you mean LEAKSIFT_FAIL_ON"):
        load_config(repository, environ={"LEAKSIFT_FIAL_ON": "warn"})
    load_config(repository, environ={"LEAKSIFT_CACHE_DIR": "/x", "LEAKSIFT_OFFLINE": "1"})


@pytest.mark.parametrize(
    ("text", "size"),
    [("12", 12), ("500kB", 500_000), ("10 MB", 10_000_000), ("1 MiB", 1 << 20), ("1.5k", 1500)],
)
def test_sizes_are_read_as_people_write_them(repository: Path, text: str, size: int) -> None:
    environ = {"LEAKSIFT_MAX_FILE_SIZE": text}
    assert load_config(repository, environ=environ).config.max_file_size == size


def test_a_file_can_be_named_and_must_be_there(repository: Path) -> None:
    write(repository, "strict = true", "ci.toml")
    assert load_config(repository, file=repository / "ci.toml", environ={}).config.strict
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(repository, file=repository / "none.toml", environ={})


def test_what_config_show_prints_can_be_read_back(repository: Path) -> None:
    write(
        repository,
        'message = "a \\"quoted\\" line"\nseverity = { jwt = "off", "x.y" = "warn" }\n'
        'allow = [{ path = "docs/", value = "^a\\\\d$", reason = "why" }]\n'
        '[category-severity]\n"Society & Culture" = { secret = "off", jwt = "warn" }\n',
    )
    loaded = load_config(repository, environ={})
    text = "".join(
        f"{key} = {as_toml(getattr(loaded.config, key.replace('-', '_')))}\n" for key in KEYS
    )
    write(repository, text)
    assert load_config(repository, environ={}).config == loaded.config
