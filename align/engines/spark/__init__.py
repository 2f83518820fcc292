"""The stages on a Spark cluster, with the bytes of one machine: for batches that outgrow it."""
