from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts import setup_venv


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\ntwo==2\n")
    monkeypatch.setattr(setup_venv, "ROOT", tmp_path)
    monkeypatch.setattr(setup_venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup_venv, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    return tmp_path


@pytest.fixture
def commands(clone: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would have been run in a clone whose .venv works."""
    run: list[list[str]] = []
    (clone / ".venv").mkdir()
    monkeypatch.setattr(setup_venv, "works", lambda python: True)
    monkeypatch.setattr(setup_venv, "run", lambda command, sentence: run.append(command))
    return run


def test_requirements_are_installed_once(commands: list[list[str]]) -> None:
    setup_venv.main("requirements.txt")
    setup_venv.main("requirements.txt")
    assert len(commands) == 1


def test_a_change_in_an_included_file_installs_again(clone: Path, commands: list[list[str]]) -> None:
    setup_venv.main("requirements-dev.txt")
    (clone / "requirements.txt").write_text("one==2\n")
    setup_venv.main("requirements-dev.txt")
    assert len(commands) == 2


def test_a_failed_installation_is_tried_again(
    clone: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], sentence: str) -> None:
        raise setup_venv.Trouble(sentence)

    with monkeypatch.context() as patch, pytest.raises(setup_venv.Trouble, match="network"):
        patch.setattr(setup_venv, "run", fail)
        setup_venv.main("requirements.txt")
    setup_venv.main("requirements.txt")
    assert len(commands) == 1


def test_an_old_python_is_told_which_one_is_needed(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_venv, "works", lambda python: False)
    with pytest.raises(setup_venv.Trouble, match=r"needs Python 3\.11 or newer"):
        setup_venv.main("requirements.txt")


def test_a_debian_without_venv_is_told_what_to_install(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def succeeds(python: Any, code: str) -> bool:
        return "ensurepip" not in code and ".venv" not in str(python)

    monkeypatch.setattr(setup_venv, "succeeds", succeeds)
    with pytest.raises(setup_venv.Trouble, match="apt-get install python3-venv"):
        setup_venv.main("requirements.txt")
    assert not (clone / ".venv").exists()


def test_a_folder_that_cannot_be_written_is_named(clone: Path) -> None:
    (clone / ".venv").write_text("a file in the way")
    with pytest.raises(setup_venv.Trouble, match="cannot be written"):
        setup_venv.main("requirements.txt")
