"""Fictitious sample data, made by the real actions in one transaction."""
