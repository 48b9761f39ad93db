"""The token classifier: a model directory in, spans with character offsets out.

`directory.py` opens the files, `tokenize.py` turns text into ids, `windows.py` cuts long texts,
`session.py` runs the graph, `viterbi.py` and `spans.py` turn its logits into spans, `reader.py` is
the way from texts to spans and `detector.py` what other rooms use. What a span means for the
person who commits is not decided here.

Importing this package loads neither NumPy nor onnxruntime: most runs have nothing to read.
"""
