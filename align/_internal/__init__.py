"""What any program could use: files, tables, arrays, processes. No word of the domain in here."""
