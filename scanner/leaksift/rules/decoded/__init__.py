"""Text that stands in a document in another spelling: found, decoded, and led back to its place.

`triggers` says what the one pass over a document looks for, `stretches` finds out how far the
encoded part reaches, `base64`, `hexadecimal` and `escapes` decode it. What is found in the decoded
text is reported at the place of the encoded one. Which rules look at it is the engine's business.
"""
