"""What a CI build is about, by the platform's own variables, and the commits that it comes to.

One module per platform, each a table of variables (`platform.Platform`); `github.py` also reads the
event file. `resolve.py` turns what they say into a `Target`, fetching commits that the clone lacks.
Everything that a platform says can be made up by whoever proposes a change (names of branches,
texts in the event), so names of commits are checked and nothing is run.
"""
