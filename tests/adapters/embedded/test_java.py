"""Who has no Java or no Maven that would do is told how to get one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.embedded.java import JavaMissing, java_program, maven_program

Install = Callable[[str, str], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a program that prints a text onto an otherwise empty path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    def put(name: str, prints: str) -> Path:
        program = programs / name
        program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
        program.chmod(0o755)
        return program

    return put


@pytest.mark.parametrize(
    "prints", ['openjdk version "17.0.15" 2025-04-15', 'openjdk version "21" 2023-09-19']
)
def test_a_java_that_is_new_enough_is_taken(install: Install, prints: str) -> None:
    program = install("java", prints)
    assert java_program() == program


@pytest.mark.parametrize(
    "prints", ['openjdk version "11.0.2" 2019-01-15', 'java version "1.8.0_151"', "Who knows"]
)
def test_a_java_that_is_too_old_is_named(install: Install, prints: str) -> None:
    program = install("java", prints)
    with pytest.raises(JavaMissing) as raised:
        java_program()
    assert f"{program} is {prints}" in str(raised.value)
    assert "Java 17 or newer is needed" in str(raised.value)


def test_without_java_it_is_said_how_to_get_it(install: Install) -> None:
    with pytest.raises(JavaMissing, match=r"Java 17.*none was found.*apt-get install openjdk"):
        java_program()


def test_the_java_of_java_home_comes_first(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = install("java", 'openjdk version "21.0.1"')
    home = tmp_path / "home"
    home.mkdir()
    (home / "bin").symlink_to(program.parent)
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java_program() == home / "bin" / "java"


def test_a_maven_that_is_too_old_is_named(install: Install) -> None:
    install("mvn", "Apache Maven 3.3.9 (bb52d850)")
    with pytest.raises(JavaMissing, match=r"Maven 3\.6\.3 or newer is needed.*3\.3\.9"):
        maven_program()


def test_without_maven_it_is_said_how_to_get_it(install: Install) -> None:
    with pytest.raises(JavaMissing, match=r"Maven.*none was found.*apt-get install maven"):
        maven_program()
