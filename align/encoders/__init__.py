"""Encoders: sentences of many languages as vectors that are near each other where they mean the same."""
