"""The corpus folder: the one place that knows which files it holds and how they are written and read."""
