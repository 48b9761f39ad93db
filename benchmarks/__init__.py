"""What leaksift claims, as programs: each prints its figure and a peer's from the same run."""
