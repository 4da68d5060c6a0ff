"""`make storm`: many clients at once, servers that die under them, and a sweep of what is left."""
