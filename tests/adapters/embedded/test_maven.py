"""What Maven fetches is fetched once, whole, whoever asks and whatever was interrupted."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.embedded import EmbeddedServerError
from adapters.embedded.java import JavaMissing, java_program, maven_program
from adapters.embedded.maven import POM_FILE, Distribution, cache_directory

_POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>clearing</groupId><artifactId>small</artifactId><version>1</version>
  <packaging>pom</packaging>
  <profiles><profile><id>small</id><dependencies><dependency>
    <groupId>org.slf4j</groupId><artifactId>slf4j-api</artifactId><version>{version}</version>
  </dependency></dependencies></profile></profiles>
</project>
"""


@pytest.fixture
def pom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one small file to fetch, and an empty cache."""
    try:
        java_program()
        maven_program()
    except JavaMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "pom.xml"
    path.write_text(_POM.format(version="1.7.36"))
    return path


def test_of_many_that_ask_at_once_one_fetches(pom: Path) -> None:
    finished: list[Path] = []
    small = Distribution(
        name="small", goal="dependency:copy-dependencies", finish=finished.append, pom=pom
    )
    with ThreadPoolExecutor(3) as pool:
        found = set(pool.map(lambda _: small.resolve(), range(3)))
    assert len(finished) == len(found) == 1
    assert [path.name for path in found.pop().iterdir()] == ["slf4j-api-1.7.36.jar"]


def test_what_an_interrupted_one_left_is_done_anew(pom: Path) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    goal = "dependency:copy-dependencies"
    with pytest.raises(KeyboardInterrupt):
        Distribution(name="small", goal=goal, finish=interrupt, pom=pom).resolve()
    assert [path.suffix for path in cache_directory().iterdir() if path.is_dir()] == [".draft"]

    found = Distribution(name="small", goal=goal, pom=pom).resolve()
    assert [path for path in cache_directory().iterdir() if path.is_dir()] == [found]


def test_what_cannot_be_fetched_is_said_in_mavens_words(pom: Path) -> None:
    pom.write_text(_POM.format(version="0.0.0-none"))
    small = Distribution(name="small", goal="dependency:copy-dependencies", pom=pom)
    with pytest.raises(EmbeddedServerError, match=r"(?s)could not fetch small.*0\.0\.0-none"):
        small.resolve()


def test_the_pom_names_no_repository() -> None:
    """Which ones are asked is the machine's affair: its Maven is set up for them."""
    assert "repositor" not in POM_FILE.read_text(encoding="utf-8").partition("-->")[2]
