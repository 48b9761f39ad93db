"""SARIF 2.1.0 from findings, and what is derived from that log."""
