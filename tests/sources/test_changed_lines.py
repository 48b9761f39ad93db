"""Changed lines against an independent answer."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.document import Document, LineRange
from leaksift.sources import git
from leaksift.sources.content import Limits, from_bytes, is_lfs_pointer
from leaksift.sources.patch import added_lines, common_lines

LIMITS = Limits(1_000_000)

# Lines that look like those of a patch, few of them, so that they repeat and move.
line = st.sampled_from(
    ["", "a", "b", "secret", "+x", "-x", "--- a", "+++ b", "@@ -1,9 +1,9 @@", "diff --git a/x b/x",
     "\\ No newline at end of file", "index 1..2", "x\r", "é"]
)  # fmt: skip
content = st.builds(
    lambda lines, end: "\n".join(lines) + ("\n" if end else ""),
    st.lists(line, max_size=12),
    st.booleans(),
)


def split(text):
    """Lines with their ends, as git counts them."""
    parts = text.split("\n")
    return [part + "\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def is_subsequence(part, whole):
    rest = iter(whole)
    return all(any(one == other for other in rest) for one in part)


@settings(max_examples=60)
@given(st.lists(st.tuples(content, content), min_size=1, max_size=6), st.sampled_from([0, 1]))
def test_lines_that_are_not_changed_come_from_the_old_version(make_repository_once, pairs, wide):
    repository = make_repository_once
    repository.git("rm", "-rqf", "--ignore-unmatch", ".")
    encoding = ("utf-8", "utf-16-le")[wide]
    for number, (old, _) in enumerate(pairs):
        repository.write(f"{number}.txt", (f"# {number}\n" * 3 + old).encode(encoding))
    repository.git("add", "-A")
    repository.commit()
    for number, (_, new) in enumerate(pairs):
        repository.write(f"{number}.txt", (f"# {number}\n" * 3 + new).encode(encoding))
    repository.git("add", "-A")
    found = {item.path: item for item in git.staged(repository.path, LIMITS)}
    for number, (old, new) in enumerate(pairs):
        document = found.get(f"{number}.txt")
        if old == new:
            assert document is None
            continue
        old, new = f"# {number}\n" * 3 + old, f"# {number}\n" * 3 + new
        assert document.text == new
        assert document.changed is not None
        lines = split(new)
        assert all(1 <= r.first <= r.last <= max(1, len(lines)) for r in document.changed)
        changed = {n for r in document.changed for n in range(r.first, r.last + 1)}
        kept = [text for n, text in enumerate(lines, 1) if n not in changed]
        assert is_subsequence(kept, split(old))
        # And a line that the old version has nowhere is always among them.
        assert all(n in changed for n, text in enumerate(lines, 1) if text not in split(old))


@pytest.fixture(scope="module")
def make_repository_once(tmp_path_factory):
    """One repository for all examples: its commands name their own configuration."""
    import subprocess
    from types import SimpleNamespace

    path = tmp_path_factory.mktemp("changed")

    def run(*arguments):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments],
            cwd=path,
            check=True,
            capture_output=True,
        )

    run("init", "-q")
    return SimpleNamespace(
        path=path,
        git=run,
        write=lambda name, data: (path / name).write_bytes(data),
        commit=lambda: run("commit", "-q", "--allow-empty", "-m", "next"),
    )


ranges = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4)), max_size=6)


@given(ranges, ranges)
def test_common_lines_are_those_in_both(one, other):
    def spread(pairs):
        return {n for first, more in pairs for n in range(first, first + more + 1)}

    def joined(numbers):
        result = []
        for n in sorted(numbers):
            if result and result[-1].last == n - 1:
                result[-1] = LineRange(result[-1].first, n)
            else:
                result.append(LineRange(n, n))
        return tuple(result)

    common = common_lines(joined(spread(one)), joined(spread(other)))
    assert {n for r in common for n in range(r.first, r.last + 1)} == spread(one) & spread(other)
    assert common_lines(None, joined(spread(one))) == joined(spread(one))
    assert common_lines(joined(spread(one)), None) == joined(spread(one))
    assert common_lines(None, None) is None


PATCH = (
    b"diff --git a/x b/x\nindex " + b"1" * 40 + b".." + b"2" * 40 + b" 100644\n--- a/x\n+++ b/x\n"
    b"@@ -1 +1,2 @@\n-a\n+b\n+c\n"
)


def test_a_patch_gives_the_lines_of_each_pair_of_blobs():
    assert added_lines(io.BytesIO(PATCH)) == {("1" * 40, "2" * 40): (LineRange(1, 2),)}


def test_a_patch_that_breaks_off_is_an_error():
    with pytest.raises(EOFError):
        added_lines(io.BytesIO(PATCH[:-3]))


@pytest.mark.parametrize("broken", [PATCH.replace(b"index", b"other"), PATCH.replace(b"-a", b"?a")])
def test_what_is_no_patch_is_an_error(broken):
    with pytest.raises(ValueError, match="hunk"):
        added_lines(io.BytesIO(broken))


def test_changed_lines_behind_the_end_are_cut():
    changed = (LineRange(1, 1), LineRange(2, 9), LineRange(11, 12))
    document = from_bytes("a", b"1\n2\n3\n", LIMITS, changed)
    assert isinstance(document, Document)
    assert document.changed == (LineRange(1, 1), LineRange(2, 3))


def test_nothing_hides_behind_the_first_line_of_an_lfs_pointer():
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n".encode()
    )
    assert is_lfs_pointer(pointer)
    assert not is_lfs_pointer(pointer + b"password = hunter2\n")
    assert not is_lfs_pointer(pointer.replace(b"a" * 64, b"a" * 63))
