"""Earlier batches, kept so that later ones are compared with them."""
