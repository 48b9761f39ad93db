"""What leaksift would work with here: programs, model, device, places, repository, environment.

`diagnose` gathers, and shows nothing: that is `cli/doctor.py`. Nothing is fetched, started (but git
and, on macOS, sysctl) or left behind, and of secrets in the environment only the names are told.
"""

from leaksift.doctor.check import Check, Section, State
from leaksift.doctor.diagnose import diagnose

__all__ = ["Check", "Section", "State", "diagnose"]
