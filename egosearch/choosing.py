"""Choosing among a library's spaces: the verbs of `Library` that list them, switch between them, and give one up."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from egosearch.access import Access
from egosearch.catalog import Catalog
from egosearch.config import Config, LibraryPaths, write_config
from egosearch.coverage import Coverage
from egosearch.errors import LibraryError, QueryError, SpaceMismatchError
from egosearch.indexing.types import IndexReport
from egosearch.sizes import vector_bytes
from egosearch.spaces import Kept, named_models, summaries
from egosearch.types import SpaceSummary
from indexers.encoders import load_encoder
from indexers.types import EmbeddingSpace, Modality


class Choosing(ABC):
    """The part of `Library` that has to do with spaces: what each of its encoders has indexed."""

    path: Path
    _access: Access
    _catalog: Catalog
    _config: Config
    _paths: LibraryPaths
    _read_only: bool

    @property
    def encoders(self) -> dict[Modality, str]:
        """The encoders that searches use, by sense; empty before the first indexing."""
        kept = self._kept()
        searched = {space.modality: space.model for space in kept.encoded if space.id in kept.default_ids}
        return {**self._config.encoders, **searched} if kept.spaces else {}

    def spaces(self) -> list[SpaceSummary]:
        """Return what each encoder has indexed, by sense, the one that searches use first."""
        bytes_of = vector_bytes(self._paths) if self._config.qdrant_url is None else None
        return summaries(self._kept(), self._coverage(), bytes_of)

    def find_space(self, name: str) -> SpaceSummary:
        """Return the one space that a person means.

        Args:
            name: Its encoder's name, `SENSE=NAME`, or the first digits of its id.

        Raises:
            LibraryError: There is no such space, or several are meant.
        """
        return self._summary(self._kept().named(name))

    def use_space(self, name: str) -> SpaceSummary:
        """Let searches use a space from now on, instead of the other one of its sense.

        Recordings that it does not have yet are not found by this sense until they are indexed again.

        Args:
            name: As in `find_space`.

        Raises:
            LibraryError: There is no such space, or several are meant; or the library is read-only.
            SpaceMismatchError: Today's encoder of that name makes another space, so nothing could be asked of it.
            EncoderError: The encoder cannot be loaded.
        """
        self._check_writable_for("choose what searches use")
        kept = self._kept()
        space = kept.named(name)
        if load_encoder(space.model, space.modality).space != space:
            raise SpaceMismatchError(
                f"the {space.modality} windows of {space.id} were made by another version of {space.model}, which is"
                " needed to search them; use another space, or install that version"
            )
        self._switch(kept, space)
        with self._access.vectors() as store:
            self._access.refresh(store)
        return self._summary(space)

    def drop_space(self, name: str) -> SpaceSummary:
        """Give up what an encoder has indexed: its vectors, its windows and what it wrote down.

        The one that searches use can be dropped where it is the only one of its sense, which cannot be searched then.

        Args:
            name: As in `find_space`.

        Returns:
            What was dropped.

        Raises:
            LibraryError: There is no such space, or several are meant; searches use it, and there are others of its
                sense; or the library is read-only.
        """
        self._check_writable_for("drop spaces")
        kept = self._kept()
        space = kept.named(name)
        others = kept.others(space)
        if space.id in kept.default_ids and others:
            raise LibraryError(
                f"searches use {space.model} for {space.modality}; before it is dropped, let them use another with"
                f" `egosearch spaces use`: {named_models(others)}"
            )
        dropped = self._summary(space)
        ids = kept.together(space)
        if not others:  # first: a kill must not leave a wish behind that the next indexing run fulfils
            self._configure({sense: model for sense, model in self.encoders.items() if sense != space.modality})
        with self._access.vectors() as store:
            self._catalog.drop_space(*ids)  # what is gone from it is never searched
            for space_id in sorted(ids):
                store.drop_space(space_id)
            self._access.refresh(store)
        return dropped

    # Plumbing

    @abstractmethod
    def _coverage(self) -> Coverage:
        """Return what is indexed; `Library` does."""

    def _summary(self, space: EmbeddingSpace) -> SpaceSummary:
        return next(one for one in self.spaces() if one.space_id == space.id)

    def _kept(self) -> Kept:
        return Kept(tuple(self._catalog.spaces()), frozenset(space.id for space in self._catalog.default_spaces()))

    def _switch(self, kept: Kept, space: EmbeddingSpace) -> None:
        # First: where a kill comes between, the next indexing run goes on with what was wished, and not back.
        self._configure({**self.encoders, space.modality: space.model})
        self._catalog.use_spaces(kept.together(space))

    def _settled(self, report: IndexReport, asked: Mapping[Modality, str]) -> IndexReport:
        """Let searches go over to what a run has brought far enough, and say so in its report."""
        from egosearch.encoding import settle

        kept = self._kept()
        present = [known.recording for known in self._catalog.recordings() if known.recording.path.exists()]
        settled = settle(asked, self._config.encoders, kept, self._coverage(), present)
        for space in settled.adopted:
            self._switch(kept, space)
        return replace(
            report,
            adopted=tuple(self._summary(space) for space in settled.adopted),
            behind=tuple(self._summary(space) for space in settled.behind),
            beside=tuple(self._summary(space) for space in settled.beside),
        )

    def _configure(self, encoders: Mapping[Modality, str]) -> None:
        """Remember the encoders that searches are to use."""
        if dict(self._config.encoders) != dict(encoders):
            self._config = replace(self._config, encoders=dict(encoders))
            write_config(self._paths.config, self._config)

    def _searched(self, encoders: Mapping[Modality, str]) -> frozenset[str] | None:
        """Return the ids of the spaces that a query is answered with; None for the default ones.

        Raises:
            QueryError: The library has not indexed anything with one of these encoders.
        """
        if not encoders:
            return None
        kept = self._kept()
        ids = set(kept.default_ids)
        for sense, name in encoders.items():
            try:
                space = kept.named(f"{sense}={name}")
            except LibraryError as error:
                has = named_models([one for one in kept.encoded if one.modality is sense]) or "nothing"
                raise QueryError(
                    f"this library has {has} for {sense}, not {name}; name what it has, or index with"
                    f" `--encoder {sense}={name}`"
                ) from error
            ids -= {one.id for one in kept.spaces if one.modality is sense}
            ids |= kept.together(space)
        return None if ids == kept.default_ids else frozenset(ids)

    def _check_writable_for(self, what: str) -> None:
        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to {what}")
