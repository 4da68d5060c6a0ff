"""Forms of the scheme, a module for each role."""
