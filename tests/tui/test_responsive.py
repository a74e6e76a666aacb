import gc
import subprocess
import sys

import pytest

from tests.tui.driving import browsing
from tests.tui.fake_library import FakeLibrary
from tui import responsive
from tui.responsive import Tidying


def test_garbage_is_collected_once_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 100.0
    monkeypatch.setattr("tui.responsive.time.monotonic", lambda: now_s)
    tidying = Tidying()
    assert not tidying.tidy(), "nobody has done anything yet"
    tidying.used()
    assert not tidying.tidy(), "this is no pause yet"
    now_s += responsive.IDLE_S
    assert tidying.tidy()
    assert not tidying.tidy(), "once is enough"
    tidying.used()
    now_s += responsive.IDLE_S
    assert tidying.tidy()


async def test_keys_and_the_mouse_are_noticed() -> None:
    async with browsing(FakeLibrary()) as driver:
        tidying = driver.app._tidying
        for do in (driver.press("a"), driver.pilot.hover()):
            tidying._is_tidy = True
            await do
            assert not tidying._is_tidy


def test_what_is_set_for_the_whole_process() -> None:
    asked = (
        "import gc, sys; from tui.responsive import prefer_the_screen; prefer_the_screen();"
        "print(sys.getswitchinterval(), gc.get_threshold()[2], gc.get_freeze_count() > 0, gc.isenabled())"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert float(told[0]) == pytest.approx(responsive.SWITCH_S)
    assert told[1:] == [str(responsive.RARELY), "True", "True"]
    assert gc.get_threshold()[2] != responsive.RARELY, "not in the tests' own process"
