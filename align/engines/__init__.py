"""Who runs the stages: this process and its workers."""
