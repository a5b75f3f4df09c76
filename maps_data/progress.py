"""How long work tells how far it is: a function that takes each stage, and a bar that shows it on a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

OnStage = Callable[[str, str, float | None], None]
"""Takes a stage's name in Chinese and in English, and the share of it that is done; None where nobody knows."""


@contextmanager
def stages() -> Iterator[OnStage]:
    """A bar on a terminal, nothing elsewhere. What draws it is loaded here: commands start without it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def on_stage(zh: str, en: str, share: float | None) -> None:
            bar.update(task, description=f"{zh} {en}", completed=share or 0.0, total=None if share is None else 1.0)

        yield on_stage
