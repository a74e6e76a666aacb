"""Who may ask the owner of a library: processes of its user that can read the token in its folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from egosearch.owner.address import Address, connect, read_address, write_address
from egosearch.owner.connection import reach
from egosearch.owner.opening import own_library
from tests.security.processes import environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others say otherwise who is there")
needs_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root becomes somebody else")
SOMEBODY = 54_321
KNOCKING = """
import os, socket, sys
from pathlib import Path
from egosearch.owner import handshake
from egosearch.owner.address import Address
folder, token, pid = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
os.setgid(int(sys.argv[4])); os.setuid(int(sys.argv[4]))
connection = socket.socket(socket.AF_UNIX)
try:
    connection.connect(str(folder / "owner.sock"))
    handshake.greet(connection, Address(pid, "unix", "", token))
except Exception as error:
    print(type(error).__name__, error)
else:
    print("welcome")
"""


def _knock(folder: Path, user: int) -> str:
    address = read_address(folder)
    assert address is not None
    command = [sys.executable, "-c", KNOCKING, str(folder), address.token, str(address.pid), str(user)]
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=True).stdout


@needs_root
def test_another_user_gets_no_answer_though_they_know_the_token(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with own_library(folder):
        assert _knock(folder, os.geteuid()) == "welcome\n"
        assert _knock(folder, SOMEBODY).startswith("PermissionError")
        for path in (*folder.parents[:3], folder):  # as if every door stood open
            path.chmod(0o777)
        (folder / "owner.sock").chmod(0o777)
        refused = _knock(folder, SOMEBODY)  # in words, unless the owner has hung up before they are read
        assert "in use by another user" in refused or refused.startswith(("BrokenPipe", "ConnectionReset"))
        assert _knock(folder, os.geteuid()) == "welcome\n"


def test_nobody_is_sent_to_a_port(tmp_path: Path) -> None:
    """Whose a port is cannot be asked: what somebody wrote into a folder must not lead there."""
    address = Address(os.getpid(), "tcp", "9", "secret")
    write_address(tmp_path, address)
    assert reach(tmp_path) is None
    with pytest.raises(ConnectionRefusedError):
        connect(address)
