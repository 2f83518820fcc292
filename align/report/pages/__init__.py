"""The pages of a report, a module each."""
