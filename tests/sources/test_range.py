"""What a range of commits brings, in real repositories and clones of them."""

from __future__ import annotations

import subprocess

import pytest

from leaksift.document import Document, LineRange
from leaksift.errors import UsageError
from leaksift.finding import Skipped
from leaksift.sources import git
from leaksift.sources.content import Limits

LIMITS = Limits(max_file_size=1_000_000)
ZEROS = "0" * 40


def between(root, from_ref, to_ref="HEAD", limits=LIMITS):
    return {item.path: item for item in git.between(root, from_ref, to_ref, limits)}


def texts(items):
    return {path: item.text for path, item in items.items() if isinstance(item, Document)}


@pytest.fixture
def branched(repository):
    """A branch `side` that left `main`, on which work went on."""
    repository.add("a.txt", "1\n2\n3\n")
    repository.add("b.txt", "1\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.add("a.txt", "1\ntwo\n3\n")
    repository.commit()
    repository.add("new.txt", "new\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add("b.txt", "1\nmain went on\n")
    repository.commit()
    return repository


def test_a_branch_is_compared_with_where_it_left_the_other(branched):
    found = between(branched.path, "main", "side")
    assert texts(found) == {"a.txt": "1\ntwo\n3\n", "new.txt": "new\n"}
    assert found["a.txt"].changed == (LineRange(2, 2),)
    assert found["new.txt"].changed is None


def test_the_target_is_read_whatever_is_checked_out(branched):
    branched.write("a.txt", "work tree\n")
    branched.add("b.txt", "index\n")
    assert texts(between(branched.path, "main", "side"))["a.txt"] == "1\ntwo\n3\n"


def test_a_range_without_changes_gives_nothing(branched):
    assert between(branched.path, "side", "side") == {}


def test_a_file_deleted_in_the_range_is_left_out(branched):
    branched.git("rm", "-q", "b.txt")
    branched.commit()
    assert between(branched.path, "HEAD^", "HEAD") == {}


def test_what_is_renamed_and_edited_has_its_edited_lines(branched):
    branched.add("long.txt", "".join(f"{n}\n" for n in range(30)))
    branched.commit()
    branched.git("mv", "long.txt", "longer.txt")
    branched.add("longer.txt", "".join(f"{n}\n" for n in range(30)) + "30\n")
    branched.commit()
    found = between(branched.path, "HEAD^", "HEAD")
    assert found["longer.txt"].changed == (LineRange(31, 31),)


def test_zeros_stand_for_nothing_so_all_is_new(branched):
    found = between(branched.path, ZEROS, "side")
    assert sorted(found) == ["a.txt", "b.txt", "new.txt"]
    assert {item.changed for item in found.values()} == {None}


def test_zeros_stand_for_nothing_with_sha_256_too(make_repository):
    repository = make_repository("sha256", "--object-format=sha256")
    repository.add("a.txt", "1\n")
    repository.commit()
    assert texts(between(repository.path, "0" * 64)) == {"a.txt": "1\n"}
    assert texts(between(repository.path, ZEROS)) == {"a.txt": "1\n"}


@pytest.mark.parametrize(
    "ref",
    ["nowhere", "", "-h", "--all", "--output=written", "HEAD:a.txt", "main..side", "^main", "a\0b",
     "f" * 40, "main\nside", "HEAD^{tree}"],
)  # fmt: skip
def test_what_is_no_commit_is_an_error_and_no_option(branched, ref):
    for refs in [(ref, "side"), ("main", ref)]:
        with pytest.raises(UsageError) as error:
            between(branched.path, *refs)
        assert "\n" not in str(error.value)
        assert "is not a commit of" in str(error.value)
    assert not (branched.path / "written").exists()


def test_a_deleted_target_is_an_error(branched):
    with pytest.raises(UsageError, match="deleted"):
        between(branched.path, "main", ZEROS)


def test_branches_without_a_common_commit_are_an_error(branched):
    branched.git("checkout", "-q", "--orphan", "other")
    branched.commit()
    with pytest.raises(UsageError, match="'main' and 'other' have no common commit"):
        between(branched.path, "main", "other")


def clone(repository, tmp_path, *options):
    subprocess.run(
        ["git", "clone", "-q", *options, repository.path.as_uri(), str(tmp_path / "clone")],
        check=True,
    )
    return type(repository)(tmp_path / "clone")


def test_a_base_that_a_shallow_clone_lacks_is_an_error_that_says_so(branched, tmp_path):
    base = branched.git("rev-parse", "main")
    shallow = clone(branched, tmp_path, "--depth=1", "--branch=side")
    with pytest.raises(UsageError, match=r"this clone is shallow; run git fetch"):
        between(shallow.path, base)


def test_history_that_a_shallow_clone_lacks_is_an_error_that_says_so(branched, tmp_path):
    shallow = clone(branched, tmp_path, "--depth=1", "--no-single-branch")
    with pytest.raises(UsageError, match=r"no common commit: this clone is shallow"):
        between(shallow.path, "origin/main", "origin/side")


def test_a_shallow_clone_that_has_both_commits_is_enough(branched, tmp_path):
    shallow = clone(branched, tmp_path, "--depth=2", "--branch=side")
    assert texts(between(shallow.path, "HEAD^")) == {"new.txt": "new\n"}


@pytest.fixture
def partial(branched, tmp_path):
    """A clone that has the blobs of what is checked out (`side`) and no others."""
    branched.git("config", "uploadpack.allowFilter", "true")
    branched.add("only-main.txt", "not fetched\n")
    branched.commit()
    return clone(branched, tmp_path, "--filter=blob:none", "--branch=side")


def missing(repository):
    listed = repository.git("rev-list", "--objects", "--all", "--missing=print")
    return [line for line in listed.splitlines() if line.startswith("?")]


def test_a_partial_clone_is_read_without_fetching(partial):
    before = missing(partial)
    assert before
    found = between(partial.path, "origin/main", "side")
    assert texts(found) == {"a.txt": "1\ntwo\n3\n", "new.txt": "new\n"}
    # Its old version is not there to compare with.
    assert found["a.txt"].changed is None
    assert missing(partial) == before


def test_a_blob_that_a_partial_clone_lacks_is_skipped_and_not_fetched(partial):
    before = missing(partial)
    found = between(partial.path, "side", "origin/main")
    assert found["only-main.txt"].reason == "unreadable"
    assert found["b.txt"].reason == "unreadable"
    assert missing(partial) == before


def test_a_staged_file_of_a_partial_clone_has_its_changed_lines(partial):
    partial.add("a.txt", "1\ntwo\nthree\n")
    (document,) = git.staged(partial.path, LIMITS)
    assert document.changed == (LineRange(3, 3),)


def test_a_merge_in_a_partial_clone_is_read_without_fetching(partial):
    partial.git("merge", "-q", "--no-commit", "origin/main")
    partial.add("mine.txt", "mine\n")
    blob = partial.git("rev-parse", "origin/main:only-main.txt")
    assert texts({item.path: item for item in git.staged(partial.path, LIMITS)}) == {
        "mine.txt": "mine\n"
    }
    assert blob


def test_renames_in_a_partial_clone_need_no_fetching(partial):
    (partial.path / "a.txt").unlink()
    partial.git("rm", "-q", "--cached", "a.txt")
    partial.git("commit", "-qm", "gone")
    before = missing(partial)
    # Deleted here, added there: git would fetch both to see whether one became the other.
    found = between(partial.path, "side~2", "side")
    assert isinstance(found["new.txt"], Document)
    assert missing(partial) == before


def test_a_hostile_partial_clone_starts_nothing(partial, tmp_path):
    marker = tmp_path / "executed"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    partial.git("config", "remote.origin.uploadpack", str(program))
    partial.git("config", "remote.origin.url", f"ext::{program}")
    partial.git("config", "protocol.ext.allow", "always")
    between(partial.path, "side", "origin/main")
    assert not marker.exists()


def test_submodules_in_a_range_are_said(branched, make_repository):
    other = make_repository("other")
    other.commit()
    branched.git("submodule", "--quiet", "add", str(other.path), "sub")
    branched.commit()
    assert between(branched.path, "HEAD^")["sub"] == Skipped("sub", "submodule")


def test_exclusions_hold_in_a_range(branched):
    assert between(branched.path, "main", "side", Limits(1000, ("new.*",)))["new.txt"] == Skipped(
        "new.txt", "excluded"
    )


def test_a_branch_that_took_main_in_shows_only_its_own_changes(branched):
    branched.git("checkout", "-q", "side")
    branched.git("merge", "-q", "--no-edit", "main")
    assert sorted(between(branched.path, "main", "side")) == ["a.txt", "new.txt"]
