"""pyten beside its peers, the same work in each: `python -m benchmarks --help`.

A case (`cases.py`) says what is computed, from what, and which bar it is to meet. A peer
(`peers/`) says how its users would write that. Each peer runs in a worker process of its own
(`worker.py`), in an interpreter of its own if asked, and the runner (`runner.py`) has them take turns.
`python -m benchmarks.compare A B` has two versions of pyten take turns instead.
"""
