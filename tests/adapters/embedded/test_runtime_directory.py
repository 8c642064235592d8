"""Where sockets are: their addresses have room for about a hundred bytes."""

import tempfile
from pathlib import Path

import pytest

from adapters.embedded.process import runtime_directory

DEEP = Path("/") / "/".join(["a-folder-with-a-long-name"] * 6)
SOCKET_ADDRESS_MAXIMUM = 107


def test_sockets_are_inside_a_data_folder_that_is_not_deep() -> None:
    assert runtime_directory(Path("/srv/clearing")) == Path("/srv/clearing/run")


@pytest.mark.parametrize("temporary", [Path("/var/tmp"), DEEP])
def test_a_deep_folder_has_them_elsewhere_each_its_own(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    one, other = runtime_directory(DEEP / "one"), runtime_directory(DEEP / "other")
    assert one != other
    assert one == runtime_directory(DEEP / "one")
    assert len(str(one / ".s.PGSQL.5432.lock")) <= SOCKET_ADDRESS_MAXIMUM
