"""Archives that are damaged, cut off, or written by somebody who means harm: one sentence, and nothing is left."""

import gzip
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from egosearch.backup.errors import ArchiveError
from egosearch.backup.importing import import_library
from egosearch.errors import LibraryError
from egosearch.library import Library
from tests.egosearch.backup.archives import edit_lines, signed, tar_of
from tests.egosearch.whole import Made


@pytest.fixture(scope="module")
def exported(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("exported") / "export"
    with Library.open(made.folder / "kept" / "library", read_only=True) as library:
        library.export(target)
    return target


@pytest.fixture
def folder(exported: Path, tmp_path: Path) -> Path:
    """Return an export as a folder."""
    return shutil.copytree(exported, tmp_path / "export")


def assert_refused(source: Path, reason: str) -> None:
    target = source.parent / "new"
    before = sorted(source.parent.iterdir())
    with pytest.raises(ArchiveError, match=reason) as error:
        import_library(source, target)
    assert str(error.value).startswith(f"{source} cannot be imported, because ")
    assert "\n" not in str(error.value)
    assert sorted(source.parent.iterdir()) == before


def first(folder: Path, name: str) -> Path:
    return min(folder.glob(f"vectors/*/*/{name}.npy"))


@pytest.mark.parametrize("part", [0.0, 0.01, 0.2, 0.5, 0.8, 0.99])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_cut_off_anywhere(folder: Path, part: float, is_compressed: bool) -> None:
    content = tar_of(folder, folder.with_name("whole.tar")).read_bytes().rstrip(b"\0")
    content = gzip.compress(content) if is_compressed else content
    cut = folder.with_name("cut.tar")
    cut.write_bytes(content[: int(part * len(content))])
    assert_refused(cut, "cut off|no export of egosearch")


def test_a_bit_flipped_anywhere(folder: Path) -> None:
    whole = tar_of(folder, folder.with_name("whole.tar"))
    content, rng = whole.read_bytes(), np.random.default_rng(0)
    with tarfile.open(whole) as tar:
        spans = [(one.offset_data, one.size) for one in tar.getmembers() if one.size]
    headers = [start - 512 for start, _ in spans]
    places = [start + int(rng.integers(size)) for start, size in spans] + [h + int(rng.integers(100)) for h in headers]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        whole.write_bytes(damaged)
        with pytest.raises(ArchiveError):
            import_library(whole, folder.with_name("new"))
        assert sorted(one.name for one in folder.parent.iterdir()) == ["export", "whole.tar"]


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "extra",
    [
        member("../../escaped"),
        member("/tmp/escaped"),  # noqa: S108 - nobody writes there
        member("vectors/link", tarfile.SYMTYPE, "/etc"),
        member("catalogue/meta.jsonl", tarfile.LNKTYPE, "egosearch.toml"),
        member("device", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
        member("folder", tarfile.DIRTYPE),
        member("catalogue/meta.jsonl"),
        member("extended", tarfile.XHDTYPE),
        member("long", tarfile.GNUTYPE_LONGNAME),
    ],
    ids=lambda info: f"{info.name[:20]} {info.type.decode()}",
)
def test_members_that_nobody_named(folder: Path, extra: tarfile.TarInfo) -> None:
    source = tar_of(folder, folder.with_name("hostile.tar"), (extra, b""))
    assert_refused(source, "no plain file|not one that its manifest.json names")


def test_a_part_that_is_missing(folder: Path) -> None:
    assert_refused(
        tar_of(folder, folder.with_name("less.tar"), skip="catalogue/windows.jsonl"), "1 of .* parts are missing"
    )
    (folder / "catalogue" / "windows.jsonl").unlink()
    assert_refused(folder, "windows.jsonl is missing")


def test_a_link_in_a_folder(folder: Path) -> None:
    part = folder / "catalogue" / "windows.jsonl"
    part.rename(folder.with_name("elsewhere"))
    part.symlink_to(folder.with_name("elsewhere"))
    assert_refused(folder, "no plain file")


def test_a_bomb_is_refused_before_it_is_unpacked(folder: Path) -> None:
    """A part of 4 GB of zeros, 4 MB when compressed, which the manifest does not name so."""
    whole = tar_of(folder, folder.with_name("whole.tar"))
    with tarfile.open(whole) as tar:
        last = max(tar.getmembers(), key=lambda one: one.offset)
    info = tarfile.TarInfo(last.name)
    info.size = 4 << 30
    content = whole.read_bytes()[: last.offset] + info.tobuf(tarfile.USTAR_FORMAT)
    bomb = folder.with_name("bomb.tar.gz")
    with gzip.open(bomb, "wb", 1) as file:
        file.write(content)
        for _ in range(32):
            file.write(bytes(1 << 20))
    assert_refused(bomb, "not one that its manifest.json names")


HOSTILE_MANIFESTS: list[tuple[Callable[[dict], None], str]] = [  # type: ignore[type-arg]
    (lambda values: values.update(format=2), "has format 2 and this egosearch knows 1 at most; upgrade egosearch"),
    (lambda values: values.update(catalogue=10_000), "version 10000 .* upgrade egosearch"),
    (lambda values: values.update(catalogue=0), "version 0"),
    (lambda values: values.update(catalogue=2), "tables are not those of version 2"),
    (lambda values: values.update(recordings=5), "has 2 recordings"),
    (lambda values: values.update(vectors=5), "vectors, and its manifest.json says 5"),
    (lambda values: values.update(vectors=-1), "which cannot be"),
    (lambda values: values.update(parts={}), "cannot be imported"),
    (lambda values: values.update(parts=[[]]), "cannot be read"),
    (lambda values: values.pop("parts"), "cannot be read"),
    (lambda values: values["parts"].append(values["parts"][0]), "twice"),
    (lambda values: values["parts"][0].update(name="../../x"), "no part of an export"),
    (lambda values: values["parts"][0].update(name="vectors/../x"), "no part of an export"),
    (lambda values: values["parts"][0].update(sha256="0" * 64), "digest differs"),
    (lambda values: values["parts"][0].update(sha256="x"), "digest"),
    (lambda values: values["parts"][0].update(size_bytes=10**15), "cannot be"),
    (lambda values: values["parts"][0].update(size_bytes=True), "cannot be"),
]


@pytest.mark.parametrize(("change", "reason"), HOSTILE_MANIFESTS, ids=range(len(HOSTILE_MANIFESTS)))
def test_manifests_that_cannot_be(folder: Path, change: Callable[[dict], None], reason: str) -> None:  # type: ignore[type-arg]
    assert_refused(signed(folder, change), reason)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe"])
def test_a_manifest_that_is_none(folder: Path, content: bytes) -> None:
    (folder / "manifest.json").write_bytes(content)
    assert_refused(folder, "manifest.json")


def test_what_is_no_export(folder: Path) -> None:
    other = folder.with_name("notes.txt")
    other.write_text("buy milk\n" * 1000)
    assert_refused(other, "damaged|no export")
    empty = folder.with_name("empty")
    empty.mkdir()
    assert_refused(empty, "no export of egosearch")


ROWS: list[tuple[str, Callable[[dict], None], str]] = [  # type: ignore[type-arg]
    ("spaces", lambda row: row.update(space_id="../../../x"), "no vectors|does not know|do not make a catalogue|space"),
    ("spaces", lambda row: row.update(dim=1 << 30), "its space|space"),
    ("spaces", lambda row: row.update(modality="smell"), "do not make a catalogue"),
    ("recordings", lambda row: row.update(recording_id="../" + row["recording_id"]), "no id of a recording"),
    ("recordings", lambda row: row.pop("path"), "cannot be taken"),
    ("recordings", lambda row: row.update(duration_s="long"), "cannot be taken"),
    ("windows", lambda row: row.update(window_index=1 << 40), "cannot be taken"),
    ("transcripts", lambda row: row.update(words="none"), "cannot be taken"),
    ("levels", lambda row: row.update(levels_db="%%%"), "cannot be taken"),
]


@pytest.mark.parametrize(("table", "edit", "reason"), ROWS, ids=range(len(ROWS)))
def test_rows_that_cannot_be(folder: Path, table: str, edit: Callable[[dict], None], reason: str) -> None:  # type: ignore[type-arg]
    edit_lines(folder, table, edit)
    assert_refused(signed(folder), reason)


def objects(folder: Path) -> None:
    """An array of Python objects, which NumPy would unpickle: code that runs."""

    class Evil:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {folder.parent}/it-ran",)  # which `assert_refused` would see

    np.save(first(folder, "values"), np.array([Evil()], object), allow_pickle=True)


def huge(folder: Path) -> None:
    path = first(folder, "index")
    header = b"{'descr': '<u4', 'fortran_order': False, 'shape': (1152921504606846976,), }"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)


def not_finite(folder: Path) -> None:
    path = first(folder, "values")
    values = np.load(path)
    values[:] = np.nan
    np.save(path, values)


def other_type(folder: Path) -> None:
    path = first(folder, "values")
    np.save(path, np.load(path).astype(np.float64))


def shorter(folder: Path) -> None:
    path = first(folder, "index")
    np.save(path, np.load(path)[:-1])


def unsorted(folder: Path) -> None:
    path = next(one for one in sorted(folder.glob("vectors/*/*/index.npy")) if len(np.load(one)) > 5)
    np.save(path, np.load(path)[::-1])


def gone(folder: Path) -> None:
    first(folder, "windows").unlink()


@pytest.mark.parametrize("harm", [objects, huge, not_finite, other_type, shorter, unsorted, gone])
def test_arrays_that_cannot_be(folder: Path, harm: Callable[[Path], None]) -> None:
    harm(folder)
    assert_refused(signed(folder), "array")


@pytest.mark.parametrize(
    "content", ["", "format = 2\nid = 'x'", "format = 1", "time_zone = 'Mars'\nformat = 1\nid = 'x'"]
)
def test_settings_that_cannot_be(folder: Path, content: str) -> None:
    (folder / "egosearch.toml").write_text(content)
    assert_refused(signed(folder), "settings cannot be taken")


def test_a_folder_that_is_not_empty_is_left_alone(folder: Path) -> None:
    target = folder.with_name("mine")
    target.mkdir()
    (target / "letter.txt").write_text("mine")
    with pytest.raises(LibraryError, match="not empty"):
        import_library(folder, target)
    assert [one.name for one in target.iterdir()] == ["letter.txt"]
    (target / "letter.txt").unlink()
    assert import_library(folder, target).recordings == 2  # an empty one is as good as none


def test_a_disk_without_room_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("egosearch.room.free_bytes", lambda _: 1000)
    with pytest.raises(LibraryError, match="disk"):
        import_library(folder, folder.with_name("new"))
    assert [one.name for one in folder.parent.iterdir()] == ["export"]


def test_the_manifest_reads_as_json(folder: Path) -> None:
    values = json.loads((folder / "manifest.json").read_text())
    assert (values["format"], values["recordings"]) == (1, 2)
    assert all(len(part["sha256"]) == 64 for part in values["parts"])
