"""Writing results: tables, bead files, and the formats that other tools take."""
