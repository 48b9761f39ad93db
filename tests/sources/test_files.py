"""Files and directories as they are on the disk, inside and outside of repositories."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from leaksift.document import Document
from leaksift.errors import ConfigError, SourceError, UsageError
from leaksift.finding import Skipped
from leaksift.sources import files, git
from leaksift.sources.content import Limits

LIMITS = Limits(max_file_size=1_000_000)
POSIX = pytest.mark.skipif(os.name == "nt", reason="names and links that Windows does not have")


def tree(*paths, limits=LIMITS):
    """Everything the source gives, by path; it must come in order and once."""
    items = list(files.tree([str(path) for path in paths], limits))
    assert [item.path for item in items] == sorted({item.path for item in items})
    return {item.path: item for item in items}


def texts(items):
    return {path: item.text for path, item in items.items() if isinstance(item, Document)}


def reasons(items):
    return {path: item.reason for path, item in items.items() if isinstance(item, Skipped)}


@pytest.fixture
def directory(tmp_path, monkeypatch):
    """A directory outside of any repository, which is also the current one."""
    path = tmp_path / "plain"
    for name in ("b.txt", "a/deep/c.txt", "a/b.txt", "a.txt"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(f"{name}\n")
    monkeypatch.chdir(path)
    return path


def test_a_directory_is_walked_to_its_end(directory):
    assert texts(tree(".")) == {
        name: f"{name}\n" for name in ("a.txt", "a/b.txt", "a/deep/c.txt", "b.txt")
    }
    assert all(item.changed is None for item in tree(".").values())


def test_a_path_given_in_many_ways_is_read_once(directory):
    assert sorted(tree("a", "a/deep", "./a/b.txt", directory / "a", "a/../a/b.txt")) == [
        "a/b.txt",
        "a/deep/c.txt",
    ]


def test_a_path_outside_is_shown_as_it_was_given(directory, monkeypatch):
    monkeypatch.chdir(directory / "a" / "deep")
    assert sorted(tree("..", "../../b.txt", "../")) == [
        "../../b.txt",
        "../b.txt",
        "c.txt",
    ]
    given = directory.as_posix()
    assert f"{given}/a.txt" in tree(directory)


def test_a_path_that_does_not_exist_is_an_error_that_names_it(directory):
    with pytest.raises(UsageError, match=r"'nowhere\.txt' does not exist"):
        tree("a.txt", "nowhere.txt")


def test_the_directory_of_a_repository_is_left_out_of_a_walk(directory):
    (directory / "a" / ".git").mkdir()
    (directory / "a" / ".git" / "config").write_text("x\n")
    assert "a/.git/config" not in tree(directory / "a.txt", directory / "b.txt")
    (directory / "linked").mkdir()
    (directory / "linked" / ".git").write_text("gitdir: nowhere\n")
    assert sorted(path for path in tree(".") if ".git" in path) == []


@POSIX
def test_links_that_are_met_are_not_followed(directory, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("outside\n")
    (directory / "a" / "loop").symlink_to("..")
    (directory / "a" / "out").symlink_to(outside)
    (directory / "a" / "file").symlink_to(outside / "secret.txt")
    (directory / "a" / "dangling").symlink_to("./nowhere")
    found = texts(tree("a"))
    assert found["a/loop"] == ".."
    assert found["a/out"] == str(outside)
    assert found["a/file"] == str(outside / "secret.txt")
    assert found["a/dangling"] == "./nowhere"
    assert "outside\n" not in found.values()


@POSIX
def test_a_link_that_is_named_is_followed(directory, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.txt").write_text("outside\n")
    (directory / "link").symlink_to(outside)
    (directory / "file").symlink_to(outside / "x.txt")
    (directory / "dangling").symlink_to("nowhere")
    found = texts(tree("link", "file", "dangling"))
    assert found == {"link/x.txt": "outside\n", "file": "outside\n", "dangling": "nowhere"}


@POSIX
def test_pipes_sockets_and_devices_are_skipped_and_do_not_block(directory, monkeypatch):
    os.mkfifo("a/pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a/socket")
        found = tree("a", "/dev/null", "a/pipe")
    assert reasons(found) == {
        "a/pipe": "special file",
        "a/socket": "special file",
        "/dev/null": "special file",
    }


def test_a_file_over_the_limit_is_not_read(directory):
    with (directory / "huge.bin").open("wb") as huge:
        huge.truncate(1 << 40)  # more than any memory
    found = tree("huge.bin", "a.txt")
    assert found["huge.bin"].reason == "too large"
    assert found["huge.bin"].detail == "1,099,511,627,776 bytes, the limit is 1,000,000"
    assert list(texts(found)) == ["a.txt"]


def test_a_file_of_just_the_limit_is_read(directory):
    (directory / "a.txt").write_text("x" * 100)
    assert texts(tree("a.txt", limits=Limits(100))) == {"a.txt": "x" * 100}
    assert reasons(tree("a.txt", limits=Limits(99))) == {"a.txt": "too large"}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_a_file_that_says_it_is_empty_is_read(directory):
    assert texts(tree("/proc/self/status"))["/proc/self/status"].startswith("Name:")


def test_exclude_patterns_are_those_of_gitignore(directory):
    limits = Limits(1000, ("/a/*", "!/a/b.txt", "b.txt", "!/b.txt"))
    assert reasons(tree(".", limits=limits)) == {"a/b.txt": "excluded", "a/deep/c.txt": "excluded"}
    assert reasons(tree("a/deep/c.txt", limits=Limits(1000, ("deep/",)))) == {
        "a/deep/c.txt": "excluded"
    }


@pytest.mark.parametrize("pattern", ["!", "[z-a]", "x\\"])
def test_a_wrong_exclude_pattern_is_an_error_that_names_it(directory, pattern):
    with pytest.raises(ConfigError) as error:
        tree(".", limits=Limits(1000, ("ok", pattern)))
    assert repr(pattern) in str(error.value)


@POSIX
def test_what_may_not_be_read_is_said(monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("the check gives up the rights of root, so that it also works as root")
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        monkeypatch.chdir(top)
        for file in ("closed.txt", "open.txt", "closed/inner.txt"):
            (top / file).parent.mkdir(exist_ok=True)
            (top / file).write_text("1\n")
        (top / "closed.txt").chmod(0)
        (top / "closed").chmod(0)
        os.seteuid(65534)
        try:
            found = tree(top)
            with pytest.raises(UsageError):
                tree(top / "closed" / "inner.txt")
        finally:
            os.seteuid(0)
            monkeypatch.chdir("/")
        assert reasons(found) == {"closed": "unreadable", "closed.txt": "unreadable"}
        assert texts(found) == {"open.txt": "1\n"}


@pytest.mark.skipif(sys.platform != "linux", reason="only here are names arbitrary bytes")
def test_a_name_that_is_not_utf_8_keeps_its_bytes(directory):
    Path(os.fsdecode(b"caf\xe9.txt")).write_text("1\n")
    (found,) = [path for path in tree(".", limits=Limits(1000, ("*.md",))) if "caf" in path]
    assert found.encode("utf-8", "surrogateescape") == b"caf\xe9.txt"


def test_in_a_repository_ignored_files_are_left_out(repository):
    repository.write(".gitignore", "*.log\nbuild/\n")
    repository.add("a.txt", "tracked\n")
    repository.write("b.txt", "untracked\n")
    repository.write("c.log", "ignored\n")
    repository.write("build/d.txt", "ignored\n")
    assert sorted(tree(".")) == [".gitignore", "a.txt", "b.txt"]


def test_a_tracked_file_is_read_even_if_it_is_ignored_now(repository):
    repository.add("a.log", "tracked\n")
    repository.write(".gitignore", "*.log\n")
    assert texts(tree("."))["a.log"] == "tracked\n"


def test_an_ignored_file_that_is_named_is_read(repository):
    repository.write(".gitignore", "*.log\nbuild/\n")
    repository.write("a.log", "1\n")
    repository.write("build/b.txt", "2\n")
    assert texts(tree("a.log", "build")) == {"a.log": "1\n", "build/b.txt": "2\n"}


def test_paths_are_shown_from_the_top_of_the_repository(repository, monkeypatch):
    repository.add("sub/a.txt", "1\n")
    repository.add("b.txt", "1\n")
    monkeypatch.chdir(repository.path / "sub")
    assert sorted(tree(".")) == ["sub/a.txt"]
    assert sorted(tree("..")) == ["b.txt", "sub/a.txt"]
    assert sorted(tree("a.txt", "../b.txt")) == ["b.txt", "sub/a.txt"]


def test_the_work_tree_is_read_and_deleted_files_are_left_out(repository):
    repository.add("a.txt", "index\n")
    repository.add("gone.txt", "1\n")
    repository.add("dir/gone.txt", "1\n")
    repository.write("a.txt", "work tree\n")
    (repository.path / "gone.txt").unlink()
    (repository.path / "dir" / "gone.txt").unlink()
    (repository.path / "dir").rmdir()
    assert texts(tree(".")) == {"a.txt": "work tree\n"}


@POSIX
def test_a_directory_replaced_by_a_link_is_not_followed(repository, tmp_path):
    repository.add("dir/a.txt", "1\n")
    (repository.path / "dir" / "a.txt").unlink()
    (repository.path / "dir").rmdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("outside\n")
    (repository.path / "dir").symlink_to(outside)
    assert texts(tree(".")) == {"dir": str(outside)}


def test_submodules_and_inner_repositories_are_skipped_and_said(repository, make_repository):
    other = make_repository("other")
    other.add("secret.txt", "1\n")
    other.commit()
    repository.git("submodule", "--quiet", "add", str(other.path), "sub")
    inner = make_repository("repository/inner")
    inner.add("b.txt", "2\n")
    inner.commit()
    assert reasons(tree(".")) == {"sub": "submodule", "inner": "submodule"}
    assert texts(tree("sub", "inner")) == {"sub/secret.txt": "1\n", "inner/b.txt": "2\n"}


def test_unmerged_files_are_read_once(repository):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.add("a.txt", "2\n")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add("a.txt", "3\n")
    repository.commit()
    repository.git("merge", "-q", "side", check=False)
    assert list(tree(".")) == ["a.txt"]
    assert "<<<<<<<" in texts(tree("."))["a.txt"]


@POSIX
def test_odd_names_are_found(repository):
    names = ["with blank", "-dash", "new\nline", '"quoted"', "ümläut", ":(top)x", "*"]
    for name in names:
        repository.write(name, "1\n")
        repository.write(f"sub/{name}", "1\n")
    repository.git("add", "--", "new\nline")
    assert sorted(tree(".")) == sorted([*names, *(f"sub/{name}" for name in names)])
    assert sorted(tree(*(f"./{name}" for name in names))) == sorted(names)


def test_a_sparse_checkout_gives_what_is_there(repository):
    repository.add("in/a.txt", "1\n")
    repository.add("out/b.txt", "1\n")
    repository.commit()
    repository.git("sparse-checkout", "set", "--cone", "in")
    assert list(tree(".")) == ["in/a.txt"]


def test_a_hook_of_a_linked_worktree_may_scan_a_directory(repository, tmp_path, monkeypatch):
    repository.add("a.txt", "1\n")
    repository.commit()
    repository.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    linked = type(repository)(tmp_path / "linked")
    linked.add("sub/b.txt", "2\n")
    # What git sets for the hooks there.
    monkeypatch.chdir(linked.path)
    monkeypatch.setenv("GIT_DIR", linked.git("rev-parse", "--absolute-git-dir"))
    monkeypatch.setenv("GIT_INDEX_FILE", linked.git("rev-parse", "--git-path", "index"))
    assert sorted(tree(".")) == ["a.txt", "sub/b.txt"]
    assert sorted(tree("sub")) == ["sub/b.txt"]
    assert git.discover(tmp_path) is None
    with pytest.raises(SourceError, match="GIT_DIR is set for another repository"):
        tree(repository.path)


def test_the_index_of_another_repository_is_not_used(repository, make_repository, monkeypatch):
    other = make_repository("other")
    other.add("b.txt", "1\n")
    monkeypatch.setenv("GIT_INDEX_FILE", str(repository.path / ".git" / "index"))
    with pytest.raises(SourceError, match="GIT_INDEX_FILE is set for another repository"):
        tree(other.path)


def test_outside_of_a_repository_there_is_none(directory):
    assert git.discover(directory) is None
    assert git.discover(directory / "a" / "b.txt") is None


def test_a_repository_is_found_from_below(repository):
    repository.write("a/b/c.txt", "1\n")
    for name in (".", "a", "a/b", "a/b/c.txt"):
        assert git.discover(repository.path / name) == repository.path.resolve()
    assert git.discover(repository.path / ".git") is None


def test_a_broken_repository_is_an_error_of_one_line(directory):
    (directory / ".git").write_text("gitdir: /nowhere/at/all\n")
    with pytest.raises(
        SourceError, match=r"^git rev-parse failed in .*not a git repository"
    ) as error:
        tree(".")
    assert "\n" not in str(error.value)


def test_an_empty_git_directory_is_an_error_of_one_line(directory):
    (directory / ".git").mkdir()
    with pytest.raises(SourceError, match="not a git repository"):
        tree(".")


def test_a_damaged_index_is_an_error_of_one_line(repository):
    repository.add("a.txt", "1\n")
    (repository.path / ".git" / "index").write_bytes(b"damaged")
    for source in (files.tree(["."], LIMITS), git.staged(repository.path, LIMITS)):
        with pytest.raises(SourceError) as error:
            list(source)
        assert "\n" not in str(error.value)


@POSIX
def test_a_repository_of_somebody_else_is_an_error_that_says_what_to_do(repository):
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    repository.add("a.txt", "1\n")
    os.chown(repository.path, 65534, 65534)
    os.chown(repository.path / ".git", 65534, 65534)
    with pytest.raises(SourceError, match=r"safe\.directory"):
        tree(".")


@POSIX
def test_without_git_a_repository_is_an_error_and_other_directories_are_walked(directory, tmp_path):
    import subprocess

    script = (
        "import sys\nfrom leaksift.errors import SourceError\n"
        "from leaksift.sources import files\nfrom leaksift.sources.content import Limits\n"
        "try: print(len(list(files.tree(['.'], Limits(1000)))))\n"
        "except SourceError as error: print(error)\n"
    )

    def printed():
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
            cwd=directory,
            capture_output=True,
            check=True,
        )
        assert done.stderr == b""
        return done.stdout.decode()

    assert printed() == "4\n"
    (directory / ".git").mkdir()
    assert printed() == "git was not found: install it, or put it on the PATH\n"
