"""Reading batches of articles: one module per input format behind `read_batch`."""
