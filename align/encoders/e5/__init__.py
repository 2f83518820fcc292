"""The embedded encoder of a hundred languages."""
