"""LASER 2 and 3, where they are installed."""
