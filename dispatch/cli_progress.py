"""The progress bar of those who play a call log."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.drills import runner


@contextmanager
def calls_played(n_calls: int) -> Iterator[runner.OnProgress]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("来电 calls", total=n_calls)
        shown = 0

        def on_progress(progress: runner.Progress) -> None:
            nonlocal shown
            if progress.calls != shown:
                shown = progress.calls
                bar.update(task, completed=shown)

        yield on_progress
