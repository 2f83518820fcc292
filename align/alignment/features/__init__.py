"""The evidence for and against each candidate bead."""
