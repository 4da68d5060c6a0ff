"""`make bench`: how fast the portal is beside the least the work can cost and beside a peer.

docs/bench.md says what each row measures. A row is a module of this package with a function
`comparisons()`; `benchmarks.__main__` names the modules in the order in which they run.
"""
