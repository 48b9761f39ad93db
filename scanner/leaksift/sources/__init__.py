"""Where text comes from. Sources are generators of `Document | Skipped`, sorted by path.

- `git.staged(root, limits)`: what `git commit` would record, read from the index
- `git.between(root, from_ref, to_ref, limits)`: what a range of commits brings
- `files.tree(paths, limits)`: files and directories as they are on the disk
- `stdin.document(limits, path=...)`: standard input, which is one
- `git.discover(path)`: the top of the work tree that holds a path, or None

`content.Limits` says what is too large and what is excluded; it applies to every source. Nothing is
left out in silence: what was asked for comes as a Document or as a Skipped with its reason, or the
generator raises SourceError (it could not be read) or UsageError (it does not exist). One file's
content is in memory at a time. Only `git.py` and `commits.py` (what a clone lacks) know git.
"""
