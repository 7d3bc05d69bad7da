"""Questions about datasets in Python: `droidanon.open_dataset`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droidanon.fleet.dataset import Dataset
from droidanon.fleet.questions.answer import Answer
from droidanon.fleet.questions.engine import Engine, open_engine
from droidanon.fleet.questions.observations import FleetMeasure
from droidanon.fleet.questions.scope import Condition, Scope, parse_day, parse_keys

if TYPE_CHECKING:
    import pandas as pd


def open_dataset(dataset: str, *, engine: str = "duckdb") -> OpenedDataset:
    """Open a dataset of many captures (`droidanon fleet add`), to ask questions about it.

    Args:
        dataset: a folder, or a URL of object storage.
        engine: `duckdb`, `spark` (a local session), or the URL of a Spark Connect server (`sc://HOST:PORT`).

    Returns:
        The dataset. Each question returns a DataFrame with the key columns first and numbers in kB.

    Raises:
        InputError: there is no dataset.
    """
    return OpenedDataset(Dataset.open(dataset), engine)


@dataclass(frozen=True, eq=False)
class OpenedDataset:
    """A dataset and the engine that answers questions about it.

    Each question takes `app` (a package) and `where`: conditions such as `["build=1.2.0", "label.run=nightly"]` that
    must all hold. The `attrs` of a DataFrame have `warnings` (reasons to doubt the numbers, as text) and the facts that
    `--json` prints next to the rows. docs/fleet.md describes the columns and how they are computed.
    """

    dataset: Dataset
    engine: str

    def percentiles(
        self,
        by: str | Sequence[str] = "build",
        *,
        counter: str = "anon_swap",
        category: str | None = None,
        percentiles: Sequence[float] = (50, 90, 99),
        app: str | None = None,
        where: Sequence[str] = (),
    ) -> pd.DataFrame:
        """Percentiles by app and other keys, with 95 % intervals over devices.

        Args:
            by: keys such as `build,device`; with `process` or `state`, an observation is one process.
            counter: the counter to use, such as `anon_swap` or `judged_anon_swap`.
            category: only memory of this category.
            percentiles: between 0 and 100.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            One row per app and key: `devices`, `captures`, `observations`, `unknown`, and `p90_kb`, `p90_low_kb`,
            `p90_high_kb` for each percentile.

        Raises:
            UsageError: a key, counter or percentile is unknown, or a package is not installed.
        """
        from droidanon.fleet.questions import percentiles as question

        text = ",".join(f"{one:g}" for one in percentiles)
        measure, wanted = FleetMeasure.parse(counter, category), question.parse_percentiles(text)
        request = question.PercentilesRequest(_scope(app, where), measure, parse_keys(by), wanted)
        return self._ask(lambda dataset, engine: question.percentiles(dataset, engine, request))

    def compare(
        self,
        base: str,
        new: str,
        *,
        by_category: bool = False,
        counter: str = "anon_swap",
        category: str | None = None,
        app: str | None = None,
        where: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The change of each app, computed as if both sides had the same mix of device models.

        Args:
            base: a condition such as `build=1.1.0`.
            new: a condition such as `build=1.2.0`.
            by_category: one row per category instead of one per model.
            counter: the counter to use.
            category: only memory of this category.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            The row of all models (`device` is `(all)`), then one per model and RAM, or per category.

        Raises:
            UsageError: a side has no captures, or captures are on both sides.
        """
        from droidanon.fleet.questions import compare as question

        sides = Condition.parse(base), Condition.parse(new)
        measure = FleetMeasure.parse(counter, category)
        request = question.CompareRequest(_scope(app, where), measure, *sides, by_category)
        return self._ask(lambda dataset, engine: question.compare(dataset, engine, request))

    def steps(
        self,
        *,
        counter: str = "anon_swap",
        category: str | None = None,
        app: str | None = None,
        where: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The builds at which an app's level changes, corrected for the mix of devices.

        Args:
            counter: the counter to use.
            category: only memory of this category.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            One row per step, for the whole counter (`category` is missing) and for its categories. `attrs["levels"]`
            has the level of each build.
        """
        from droidanon.fleet.questions import steps as question

        request = question.StepsRequest(_scope(app, where), FleetMeasure.parse(counter, category))
        return self._ask(lambda dataset, engine: question.steps(dataset, engine, request))

    def new_names(
        self,
        since: str | None = None,
        *,
        base: str | None = None,
        new: str | None = None,
        counter: str = "anon_swap",
        app: str | None = None,
        where: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The names that occur in newer captures of an app and in no older one.

        Args:
            since: the first day of the newer captures, such as `2026-11-20`; by default the last 7 days.
            base: a condition that selects the older captures, instead of days.
            new: a condition that selects the newer ones.
            counter: the counter to use.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            One row per app and name, those with most memory first.

        Raises:
            UsageError: no app has both older and newer captures.
        """
        from droidanon.fleet.questions import new_names as question

        sides = (None if text is None else Condition.parse(text) for text in (base, new))
        day = None if since is None else parse_day(since)
        request = question.NewNamesRequest(_scope(app, where), FleetMeasure.parse(counter), day, *sides)
        return self._ask(lambda dataset, engine: question.new_names(dataset, engine, request))

    def outliers(
        self,
        *,
        threshold: float = 3.5,
        counter: str = "anon_swap",
        category: str | None = None,
        app: str | None = None,
        where: Sequence[str] = (),
    ) -> pd.DataFrame:
        """The phones that differ from similar phones, and the category that differs most.

        Args:
            threshold: the minimum score of an outlier.
            counter: the counter to use.
            category: only memory of this category.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            One row per app and phone, the largest score first.
        """
        from droidanon.fleet.questions import outliers as question

        request = question.OutliersRequest(_scope(app, where), FleetMeasure.parse(counter, category), threshold)
        return self._ask(lambda dataset, engine: question.outliers(dataset, engine, request))

    def limits(self, *, game: bool = False, app: str | None = None, where: Sequence[str] = ()) -> pd.DataFrame:
        """The share of processes over Google Play's thresholds, by process name, RAM tier and state.

        Args:
            game: use the thresholds for games.
            app: only this package.
            where: only captures that meet these conditions.

        Returns:
            One row per process name, tier and state; the largest share first.
        """
        from droidanon.fleet.questions import limits as question

        request = question.ShareOverLimitsRequest(_scope(app, where), game)
        return self._ask(lambda dataset, engine: question.limits(dataset, engine, request))

    def _ask(self, question: Callable[[Dataset, Engine], Answer]) -> pd.DataFrame:
        with open_engine(self.dataset, self.engine) as engine:
            answer = question(self.dataset, engine)
        frame = answer.to_pandas()
        attributes: dict[str, Any] = {**answer.facts, "warnings": [one.message for one in answer.warnings]}
        frame.attrs.update(attributes)
        return frame


def _scope(app: str | None, where: Sequence[str]) -> Scope:
    return Scope(app, tuple(Condition.parse(text) for text in where))
