"""leaksift finds secrets and private data in text that is about to be shared."""

__version__ = "0.1.0"
