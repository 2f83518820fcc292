"""The jobs of the command line: a file for each command that writes. Only here is the order of the stages known."""
