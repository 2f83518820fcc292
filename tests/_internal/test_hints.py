from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from align._internal import hints


def test_what_is_said_works_where_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "my align" / "align" / "_internal" / "hints.py"
    monkeypatch.setattr(hints, "__file__", str(package))
    assert hints.install_extra("review") == "pip install 'align-bitext[review]'"
    package.parent.mkdir(parents=True)
    (tmp_path / "my align" / "pyproject.toml").touch()
    root = tmp_path / "my align"
    assert shlex.split(hints.install_extra("review")) == ["pip", "install", "--editable", f"{root}[review]"]
    assert shlex.split(hints.install_again()) == ["pip", "install", "--no-deps", "--editable", str(root)]
