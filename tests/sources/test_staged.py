"""What `git commit` would record, from real indexes of real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaksift.document import Document, LineRange
from leaksift.errors import SourceError
from leaksift.finding import Skipped
from leaksift.sources import git
from leaksift.sources.content import Limits

LIMITS = Limits(max_file_size=1_000_000)
POSIX = pytest.mark.skipif(os.name == "nt", reason="names and links that Windows does not have")


def staged(root, limits=LIMITS):
    """Everything the source gives, by path."""
    items = list(git.staged(root, limits))
    assert [item.path for item in items] == sorted({item.path for item in items})
    return {item.path: item for item in items}


def texts(items):
    return {path: item.text for path, item in items.items() if isinstance(item, Document)}


def lines(*pairs):
    return tuple(LineRange(first, last) for first, last in pairs)


def test_a_clean_repository_gives_nothing(repository):
    repository.add("a.txt", "one\n")
    repository.commit()
    assert staged(repository.path) == {}


def test_the_index_is_read_and_not_the_work_tree(repository):
    repository.add("in-index.txt", "staged\n")
    repository.add("kept.txt", "clean\n")
    repository.commit()
    repository.add("in-index.txt", "staged secret\n")
    repository.write("in-index.txt", "staged\n")
    repository.write("kept.txt", "not staged\n")
    repository.write("untracked.txt", "untracked\n")
    assert texts(staged(repository.path)) == {"in-index.txt": "staged secret\n"}


def test_a_partially_staged_file_has_only_its_staged_lines(repository):
    repository.add("a.txt", "1\n2\n3\n4\n5\n")
    repository.commit()
    repository.add("a.txt", "1\ntwo\n3\n4\n5\n")
    repository.write("a.txt", "1\ntwo\n3\n4\nfive\n")
    document = staged(repository.path)["a.txt"]
    assert (document.text, document.changed) == ("1\ntwo\n3\n4\n5\n", lines((2, 2)))


def test_on_a_branch_without_commits_all_is_new(repository):
    repository.add("a.txt", "one\n")
    assert staged(repository.path) == {"a.txt": Document("a.txt", "one\n", 4)}


def test_the_changed_lines_are_those_of_the_new_side(repository):
    repository.add("a.txt", "".join(f"{n}\n" for n in range(1, 21)))
    repository.commit()
    content = [str(n) for n in range(1, 21)]
    content[4] = "five"
    del content[9]
    content += ["new", "newer"]
    content.insert(0, "first")
    repository.add("a.txt", "\n".join(content) + "\n")
    assert staged(repository.path)["a.txt"].changed == lines((1, 1), (6, 6), (21, 22))


def test_a_file_that_only_loses_lines_has_no_changed_line(repository):
    repository.add("a.txt", "1\n2\n3\n")
    repository.commit()
    repository.add("a.txt", "1\n3\n")
    assert staged(repository.path)["a.txt"].changed == ()


def test_a_new_file_is_all_changed(repository):
    repository.commit()
    repository.add("a.txt", "1\n2\n")
    assert staged(repository.path)["a.txt"].changed is None


def test_a_last_line_without_a_line_feed_counts(repository):
    repository.add("a.txt", "1\n2")
    repository.add("b.txt", "1\n2\n")
    repository.commit()
    repository.add("a.txt", "1\n2\n3")
    repository.add("b.txt", "1\n2")
    found = staged(repository.path)
    assert found["a.txt"].changed == lines((2, 3))
    assert found["b.txt"].changed == lines((2, 2))


def test_carriage_returns_stay_and_lines_are_what_line_feeds_end(repository):
    repository.git("config", "core.autocrlf", "false")
    repository.add("a.txt", b"1\r\n2\r3\r\n4\r\n")
    repository.commit()
    repository.add("a.txt", b"1\r\n2\r3\r\nfour\r\n")
    document = staged(repository.path)["a.txt"]
    assert document.text == "1\r\n2\r3\r\nfour\r\n"
    assert document.changed == lines((3, 3))


def test_changed_lines_do_not_depend_on_the_users_configuration(repository):
    for setting in [
        "color.ui=always", "diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.renames=copies",
        "diff.interHunkContext=100", "diff.context=30", "diff.algorithm=patience",
        "diff.orderFile=nowhere", "diff.relative=true", "diff.submodule=log", "core.quotePath=true",
        "diff.suppressBlankEmpty=true", "diff.colorMoved=zebra", "diff.wsErrorHighlight=all",
        "core.abbrev=4", "diff.ignoreSubmodules=all", "core.pager=false", "diff.dirstat=files",
    ]:  # fmt: skip
        repository.git("config", *setting.split("=", 1))
    repository.add("a.txt", "1\n2\n3\n4\n5\n")
    repository.git("-c", "diff.orderFile=", "commit", "-qm", "first")
    repository.add("a.txt", "1\ntwo\n3\n4\nfive\n")
    assert staged(repository.path)["a.txt"].changed == lines((2, 2), (5, 5))


def test_git_diff_opts_of_the_environment_changes_nothing(repository, monkeypatch):
    monkeypatch.setenv("GIT_DIFF_OPTS", "--unified=50")
    repository.add("a.txt", "1\n2\n3\n")
    repository.commit()
    repository.add("a.txt", "1\ntwo\n3\n")
    assert staged(repository.path)["a.txt"].changed == lines((2, 2))


def test_content_that_imitates_a_patch_is_content(repository):
    evil = (
        "diff --git a/b.txt b/b.txt\nindex 1111111..2222222 100644\n--- a/b.txt\n+++ b/b.txt\n"
        "@@ -1,100 +1,100 @@\n-x\n+y\n\\ No newline at end of file\n"
    )
    repository.add("a.txt", evil)
    repository.add("b.txt", "1\n2\n3\n")
    repository.commit()
    repository.add("a.txt", evil.replace("-x", "-- z\n++ z\n@@ -0,0 +1,9 @@"))
    repository.add("b.txt", "1\n2\nthree\n")
    found = staged(repository.path)
    assert found["a.txt"].changed == lines((6, 8))
    assert found["b.txt"].changed == lines((3, 3))


def test_a_file_that_an_attribute_calls_binary_has_changed_lines(repository):
    repository.add(".gitattributes", "*.lock -diff\n*.gen binary\n")
    repository.add("a.lock", "1\n2\n3\n")
    repository.add("b.gen", "1\n2\n3\n")
    repository.commit()
    repository.add("a.lock", "1\n2\nthree\n")
    repository.add("b.gen", "one\n2\n3\n")
    found = staged(repository.path)
    assert found["a.lock"].changed == lines((3, 3))
    assert found["b.gen"].changed == lines((1, 1))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32"])
def test_a_wide_encoding_has_its_own_changed_lines(repository, encoding):
    repository.add("a.txt", "first = 1\nsecond = 2\nthird = 3\n".encode(encoding))
    repository.commit()
    repository.add("a.txt", "first = 1\nsecond = two\nthird = 3\n".encode(encoding))
    document = staged(repository.path)["a.txt"]
    assert document.text == "first = 1\nsecond = two\nthird = 3\n"
    assert document.changed == lines((2, 2))


def test_all_lines_are_changed_where_gits_lines_are_not_those_of_the_text(repository):
    # U+0A05 has the byte 0x0A without being a line feed.
    repository.add("a.txt", "ਅ 1\nb\nc\n".encode("utf-16"))
    repository.commit()
    repository.add("a.txt", "ਅ 1\nb\nd\n".encode("utf-16"))
    assert staged(repository.path)["a.txt"].changed is None


def test_a_new_encoding_changes_every_line(repository):
    repository.add("a.txt", "one\ntwo\n")
    repository.commit()
    repository.add("a.txt", "one\ntwo\n".encode("utf-16"))
    assert staged(repository.path)["a.txt"].changed in (None, lines((1, 2)))


def test_a_renamed_file_has_no_changed_line(repository):
    repository.add("a.txt", "1\n2\n3\n")
    repository.commit()
    repository.git("mv", "a.txt", "b.txt")
    assert staged(repository.path) == {"b.txt": Document("b.txt", "1\n2\n3\n", 6, changed=())}


def test_a_file_renamed_and_edited_has_the_edited_lines(repository):
    repository.add("a.txt", "".join(f"line {n}\n" for n in range(30)))
    repository.add("other.txt", "".join(f"row {n}\n" for n in range(30)))
    repository.commit()
    repository.git("mv", "a.txt", "sub b.txt")
    repository.add("sub b.txt", "".join(f"line {n}\n" for n in range(30)) + "new\n")
    found = staged(repository.path)
    assert list(found) == ["sub b.txt"]
    assert found["sub b.txt"].changed == lines((31, 31))


def test_a_copied_file_is_new(repository):
    repository.add("a.txt", "1\n2\n3\n")
    repository.commit()
    repository.add("b.txt", "1\n2\n3\n")
    assert staged(repository.path)["b.txt"].changed is None


def test_a_deleted_file_is_no_document(repository):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.git("rm", "--quiet", "a.txt")
    assert staged(repository.path) == {}


def test_a_new_mode_is_no_new_content(repository):
    repository.add("a.sh", "1\n")
    repository.commit()
    repository.git("update-index", "--chmod=+x", "a.sh")
    assert staged(repository.path)["a.sh"].changed == ()


@POSIX
def test_the_target_of_a_link_is_content_and_is_not_followed(repository, tmp_path):
    (tmp_path / "outside").write_text("not mine\n")
    (repository.path / "link").symlink_to("../outside")
    repository.git("add", "link")
    assert texts(staged(repository.path)) == {"link": "../outside"}


@POSIX
def test_a_file_that_becomes_a_link_and_back_is_all_new(repository):
    repository.add("a", "1\n2\n")
    (repository.path / "b").symlink_to("target")
    repository.git("add", "b")
    repository.commit()
    (repository.path / "a").unlink()
    (repository.path / "a").symlink_to("target")
    (repository.path / "b").unlink()
    repository.write("b", "1\n2\n")
    repository.git("add", "-A")
    found = staged(repository.path)
    assert texts(found) == {"a": "target", "b": "1\n2\n"}
    assert found["a"].changed is found["b"].changed is None


def test_a_submodule_is_skipped_and_said(repository, make_repository):
    other = make_repository("other")
    other.add("secret.txt", "1\n")
    other.commit()
    repository.git("submodule", "--quiet", "add", str(other.path), "sub")
    found = staged(repository.path)
    assert found["sub"] == Skipped("sub", "submodule")
    assert isinstance(found[".gitmodules"], Document)


def test_a_submodule_that_is_to_be_ignored_is_said_all_the_same(repository, make_repository):
    other = make_repository("other")
    other.commit()
    repository.git("submodule", "--quiet", "add", str(other.path), "sub")
    repository.git("config", "--file", ".gitmodules", "submodule.sub.ignore", "all")
    repository.git("add", ".gitmodules")
    repository.commit()
    head = other.commit()
    repository.git("update-index", "--cacheinfo", f"160000,{head},sub")
    assert staged(repository.path) == {"sub": Skipped("sub", "submodule")}


def test_intent_to_add_records_nothing(repository):
    repository.commit()
    repository.write("later.txt", "secret\n")
    repository.git("add", "--intent-to-add", "later.txt")
    repository.add("now.txt", "1\n")
    assert list(staged(repository.path)) == ["now.txt"]


def test_the_index_of_the_environment_is_read(repository, monkeypatch, tmp_path):
    repository.add("a.txt", "1\n")
    repository.commit()
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other-index"))
    repository.git("read-tree", "HEAD")
    repository.add("only-there.txt", "2\n")
    assert texts(staged(repository.path)) == {"only-there.txt": "2\n"}
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert staged(repository.path) == {}


HOOK = """
import json, os, sys
from pathlib import Path
from leaksift.sources import git
from leaksift.sources.content import Limits
root = git.discover(Path.cwd())
found = {}
for item in git.staged(root, Limits(1_000_000)):
    changed = None if item.changed is None else [[l.first, l.last] for l in item.changed]
    found[item.path] = [item.text, changed]
Path(os.environ["FOUND"]).write_text(json.dumps(found))
"""


@pytest.fixture
def hooked(repository, tmp_path, monkeypatch):
    """The repository with a hook that writes down what it sees; and a function to read that."""
    import json

    script = tmp_path / "hook.py"
    script.write_text(HOOK)
    report = tmp_path / "found.json"
    monkeypatch.setenv("FOUND", str(report))
    for name in ("pre-commit", "pre-merge-commit"):
        hook = repository.path / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(
            f'#!/bin/sh\nexec "{Path(sys.executable).as_posix()}" "{script.as_posix()}"\n'
        )
        hook.chmod(0o755)

    def seen():
        found = json.loads(report.read_text())
        report.unlink()
        return found

    return repository, seen


def test_in_a_hook_commit_a_and_commit_path_show_what_they_record(hooked):
    repository, seen = hooked
    repository.add("a.txt", "1\n")
    repository.add("b.txt", "1\n")
    repository.commit()
    assert sorted(seen()) == ["a.txt", "b.txt"]
    repository.write("a.txt", "1\n2\n")
    repository.write("b.txt", "1\n2\n")
    repository.git("commit", "-qm", "path", "--", "b.txt")
    assert seen() == {"b.txt": ["1\n2\n", [[2, 2]]]}
    repository.git("commit", "-qam", "all")
    assert seen() == {"a.txt": ["1\n2\n", [[2, 2]]]}
    repository.add("a.txt", "1\n2\n3\n")
    repository.git("commit", "-q", "--amend", "-m", "amended")
    assert seen() == {"a.txt": ["1\n2\n3\n", [[3, 3]]]}


def test_in_a_hook_of_a_linked_worktree_its_own_index_is_read(hooked, tmp_path):
    repository, seen = hooked
    repository.add("a.txt", "1\n")
    repository.commit()
    seen()
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = type(repository)(tmp_path / "linked")
    repository.add("a.txt", "of the main work tree\n")
    linked.add("deep/b.txt", "2\n")
    linked.commit()
    assert seen() == {"deep/b.txt": ["2\n", None]}
    linked.write("deep/b.txt", "2\n3\n")
    type(repository)(linked.path / "deep").git("commit", "-qam", "from a directory")
    assert seen() == {"deep/b.txt": ["2\n3\n", [[2, 2]]]}


def test_in_a_merge_what_the_other_branch_brings_is_not_new(hooked):
    repository, seen = hooked
    base = "".join(f"{n}\n" for n in range(20))
    repository.add("both.txt", base)
    repository.add("same.txt", "same\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.add("theirs.txt", "their secret\n")
    repository.add("both.txt", base.replace("3\n", "three\n", 1))
    repository.add("same.txt", "changed by them\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add("ours.txt", "ours\n")
    repository.add("both.txt", base + "ours\n")
    repository.commit()
    seen()
    repository.git("merge", "-q", "--no-edit", "side")
    # Changed on both sides and merged by git: no line of it is new to both parents.
    assert seen() == {"both.txt": [base.replace("3\n", "three\n", 1) + "ours\n", []]}


def test_in_a_merge_with_conflicts_only_the_resolution_is_new(repository):
    repository.add("a.txt", "1\n2\n3\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.add("a.txt", "1\ntheirs\n3\n")
    repository.add("theirs.txt", "theirs\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add("a.txt", "1\nours\n3\n")
    repository.commit()
    repository.git("merge", "-q", "side", check=False)
    repository.add("a.txt", "1\nours\ntheirs\nnew\n3\n")
    repository.add("while-merging.txt", "new too\n")
    found = staged(repository.path)
    assert sorted(found) == ["a.txt", "while-merging.txt"]
    assert found["a.txt"].changed == lines((4, 4))
    assert found["while-merging.txt"].changed is None


def test_unmerged_paths_are_an_error_that_names_one(repository):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.add("a.txt", "2\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add("a.txt", "3\n")
    repository.commit()
    repository.git("merge", "-q", "side", check=False)
    with pytest.raises(SourceError, match=r"'a\.txt' is unmerged"):
        staged(repository.path)


def test_a_commit_in_a_sparse_checkout_is_read(repository):
    repository.add("in/a.txt", "1\n")
    repository.add("out/b.txt", "1\n")
    repository.commit()
    repository.git("sparse-checkout", "init", "--cone", "--sparse-index")
    repository.git("sparse-checkout", "set", "in")
    repository.add("in/a.txt", "1\n2\n")
    repository.write("out/b.txt", "1\nout\n")
    repository.git("add", "--sparse", "out/b.txt")
    (repository.path / "out" / "b.txt").unlink()
    found = staged(repository.path)
    assert texts(found) == {"in/a.txt": "1\n2\n", "out/b.txt": "1\nout\n"}
    assert found["in/a.txt"].changed == found["out/b.txt"].changed == lines((2, 2))


def test_files_that_git_is_told_to_assume_unchanged_are_read_from_the_index(repository):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.add("a.txt", "1\n2\n")
    repository.git("update-index", "--assume-unchanged", "a.txt")
    repository.write("a.txt", "work tree\n")
    assert texts(staged(repository.path)) == {"a.txt": "1\n2\n"}


NAMES = [
    "with blank.txt", "-dash.txt", "ümläut.txt", "'quote'.txt", '"double".txt', "new\nline.txt",
    "tab\there.txt", ":(glob)magic.txt", "*.txt", "back\\slash.txt", "$(echo x).txt", "a/ b/c.txt",
    "index 0 1.txt", "@@ -1 +1 @@",
]  # fmt: skip


@POSIX
@pytest.mark.parametrize("quote", ["true", "false"])
def test_odd_names_are_files_like_others(repository, quote):
    repository.git("config", "core.quotePath", quote)
    for name in NAMES:
        repository.write(name, f"{name!r}\n2\n3\n")
    repository.git("add", "-A")
    assert sorted(staged(repository.path)) == sorted(NAMES)
    repository.commit()
    for name in NAMES:
        repository.write(name, f"{name!r}\ntwo\n3\n")
    repository.git("add", "-A")
    found = staged(repository.path)
    assert texts(found) == {name: f"{name!r}\ntwo\n3\n" for name in NAMES}
    assert {item.changed for item in found.values()} == {lines((2, 2))}


@pytest.mark.skipif(sys.platform != "linux", reason="only here are names arbitrary bytes")
def test_a_name_that_is_not_utf_8_keeps_its_bytes(repository):
    name = b"caf\xe9.txt"
    (repository.path / os.fsdecode(name)).write_bytes(b"1\n2\n")
    repository.git("add", "-A")
    repository.commit()
    (repository.path / os.fsdecode(name)).write_bytes(b"1\ntwo\n")
    repository.git("add", "-A")
    (document,) = staged(repository.path).values()
    assert document.path.encode("utf-8", "surrogateescape") == name
    assert document.changed == lines((2, 2))


def test_five_hundred_files_are_all_read(repository):
    for n in range(500):
        repository.write(f"directory with a long name {n % 7}/file number {n}.txt", f"{n}\nold\n")
    repository.git("add", "-A")
    repository.commit()
    for n in range(500):
        repository.write(f"directory with a long name {n % 7}/file number {n}.txt", f"{n}\nnew\n")
    repository.git("add", "-A")
    found = staged(repository.path)
    assert len(found) == 500
    assert {item.changed for item in found.values()} == {lines((2, 2))}
    assert sorted(text.split("\n")[0] for text in texts(found).values()) == sorted(
        str(n) for n in range(500)
    )


def test_a_repository_with_sha_256_names_works_alike(make_repository):
    repository = make_repository("sha256", "--object-format=sha256")
    repository.add("a.txt", "1\n2\n")
    assert texts(staged(repository.path)) == {"a.txt": "1\n2\n"}
    repository.commit()
    repository.add("a.txt", "1\ntwo\n")
    assert staged(repository.path)["a.txt"].changed == lines((2, 2))


def test_limits_and_exclusions_leave_their_reason(repository):
    repository.add("big.txt", "x" * 200)
    repository.add("vendor/a.txt", "1\n")
    repository.add(
        "image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4"
    )
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    repository.add("data.bin", pointer)
    repository.add("kept.txt", "1\n")
    found = staged(repository.path, Limits(150, ("vendor/", "*.md")))
    assert {path: item.reason for path, item in found.items() if isinstance(item, Skipped)} == {
        "big.txt": "too large",
        "vendor/a.txt": "excluded",
        "image.png": "binary",
        "data.bin": "lfs pointer",
    }
    assert list(texts(found)) == ["kept.txt"]
    assert found["big.txt"].detail == "200 bytes, the limit is 150"


def test_a_file_whose_old_version_is_too_large_to_compare_is_all_new(repository):
    repository.add("a.txt", "1\n" * 1000)
    repository.commit()
    repository.add("a.txt", "1\n")
    assert staged(repository.path, Limits(100))["a.txt"].changed is None


@POSIX
def test_nothing_of_a_hostile_repository_is_executed(repository, tmp_path):
    marker = tmp_path / "executed"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho ran $0 >> {marker}\ncat\n")
    program.chmod(0o755)
    repository.add(".gitattributes", "* diff=evil filter=evil\n")
    repository.add("a.txt", "1\n2\n")
    repository.commit()
    repository.add("a.txt", "1\ntwo\n")
    for name in [
        "core.fsmonitor", "core.pager", "diff.external", "diff.evil.textconv", "diff.evil.command",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.editor",
        "core.sshCommand", "pager.diff", "core.askPass", "credential.helper",
    ]:  # fmt: skip
        repository.git("config", name, str(program))
    hooks = repository.path / ".git" / "hooks"
    for name in ("post-index-change", "pre-commit", "reference-transaction", "fsmonitor-watchman"):
        (hooks / name).write_bytes(program.read_bytes())
        (hooks / name).chmod(0o755)
    found = staged(repository.path)
    assert found["a.txt"].changed == lines((2, 2))
    assert "a.txt" in git.tracked(repository.path, repository.path)
    assert {item.path for item in git.between(repository.path, "0" * 40, "HEAD", LIMITS)}
    assert git.discover(repository.path) == repository.path.resolve()
    assert not marker.exists()


def test_a_replaced_object_is_read_as_what_will_be_pushed(repository):
    repository.add("a.txt", "secret\n")
    real = repository.git("rev-parse", ":a.txt")
    other = repository.git("hash-object", "-w", "--stdin", stdin=b"harmless\n")
    repository.git("replace", real, other)
    assert texts(staged(repository.path)) == {"a.txt": "secret\n"}


def test_the_index_and_the_objects_are_left_as_they_were(repository):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.add("a.txt", "2\n")
    files = [file for file in sorted((repository.path / ".git").rglob("*")) if file.is_file()]
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in files}
    staged(repository.path)
    after = [file for file in sorted((repository.path / ".git").rglob("*")) if file.is_file()]
    assert before == {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in after}


def test_a_damaged_blob_is_skipped_as_unreadable(repository):
    repository.add("a.txt", "1\n")
    blob = repository.git("rev-parse", ":a.txt")
    stored = repository.path / ".git" / "objects" / blob[:2] / blob[2:]
    stored.chmod(0o644)
    stored.write_bytes(b"damaged")
    (skipped,) = staged(repository.path).values()
    assert skipped.reason == "unreadable"


def test_a_blob_whose_content_is_damaged_is_an_error_of_one_line(repository):
    repository.add("a.txt", bytes(range(32, 127)) * 100)
    blob = repository.git("rev-parse", ":a.txt")
    stored = repository.path / ".git" / "objects" / blob[:2] / blob[2:]
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes()[:-20])
    with pytest.raises(SourceError) as error:
        staged(repository.path)
    assert "\n" not in str(error.value)


def test_a_missing_blob_is_skipped_as_unreadable(repository):
    repository.add("a.txt", "1\n")
    repository.add("b.txt", "2\n")
    blob = repository.git("rev-parse", ":a.txt")
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = staged(repository.path)
    assert found["a.txt"].reason == "unreadable"
    assert texts(found) == {"b.txt": "2\n"}


def test_leaving_early_stops_git(repository):
    for n in range(50):
        repository.write(f"{n}.txt", f"{n}\n" * 1000)
    repository.git("add", "-A")
    source = git.staged(repository.path, LIMITS)
    next(source)
    source.close()
    assert list(source) == []


def test_the_repository_need_not_be_the_current_directory(repository, tmp_path, monkeypatch):
    repository.add("a.txt", "1\n")
    monkeypatch.chdir(tmp_path)
    assert texts(staged(repository.path)) == {"a.txt": "1\n"}


def test_few_processes_are_started(repository, tmp_path):
    for n in range(10):
        repository.write(f"{n}.txt", f"{n}\nold\n")
    repository.git("add", "-A")
    repository.commit()
    for n in range(10):
        repository.write(f"{n}.txt", f"{n}\nnew\n")
    repository.git("add", "-A")
    trace = tmp_path / "trace"
    script = (
        "from pathlib import Path\nfrom leaksift.sources import git\n"
        "from leaksift.sources.content import Limits\n"
        "root = git.discover(Path.cwd())\n"
        "assert len(list(git.staged(root, Limits(1000)))) == 10\n"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository.path,
        env={**os.environ, "GIT_TRACE2_EVENT": str(trace)},
        check=True,
    )
    # Two of them are GitPython's own `git version`.
    assert trace.read_text().count('"event":"start"') <= 8
