"""The formats that other tools take: one module each behind `registry`."""
