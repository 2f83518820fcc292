"""What learns the weights of the aligner and of the pairing; nothing that is run by users imports it."""
