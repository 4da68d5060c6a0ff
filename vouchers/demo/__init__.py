"""Fictitious sample data: invented schools and codes, made by the real actions in one transaction."""
