"""`make mutants`: patches take away each rule of the portal, and tests must notice."""
