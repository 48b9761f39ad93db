"""What is reported and how serious it is: comments, allowlists, examples, severity, baseline.

Everything here works on documents and spans that are already there; nothing is detected here.
"""
