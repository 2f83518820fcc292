"""Where vectors are cached and models are kept; each can be set by an environment variable."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CACHE_VARIABLE = "ALIGN_CACHE"
MODELS_VARIABLE = "ALIGN_MODELS"
_HUB_VARIABLES = (
    (MODELS_VARIABLE, ""),
    ("SENTENCE_TRANSFORMERS_HOME", ""),
    ("HF_HUB_CACHE", ""),
    ("HUGGINGFACE_HUB_CACHE", ""),
    ("HF_HOME", "hub"),
    ("XDG_CACHE_HOME", "huggingface/hub"),
)  # in the order in which the library asks


def cache_folder() -> Path:
    """Folder of the embedding cache: ``ALIGN_CACHE``, else the user's cache folder of this system."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else _user_cache() / "align"


def laser_folder() -> Path:
    """Folder of the LASER checkpoints: ``ALIGN_MODELS``, else the one that laser_encoders and nano_laser share."""
    chosen = os.environ.get(MODELS_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "laser_encoders"


def hub_folder() -> Path:
    """Folder of sentence-transformers models: ``ALIGN_MODELS``, else the one that library uses."""
    for name, below in _HUB_VARIABLES:
        if chosen := os.environ.get(name):
            return Path(chosen).expanduser() / below
    return Path.home() / ".cache" / "huggingface" / "hub"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
