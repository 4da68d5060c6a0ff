"""`make bench`: how fast the portal is compared with the least the work can cost and with a peer.

docs/bench.md says what each row measures. A row is a module of this package with a function
`comparisons()`; `benchmarks.__main__` lists the modules in the order in which they run.
"""
