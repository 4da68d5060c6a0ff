"""`make mutants`: each rule of the portal taken away by a patch, and tests that must notice."""
