"""Who runs the stages: this process and its workers, or a cluster."""

from align.engines import spark as spark
