"""Plots as SVG text to stand inside a page.

Words in the pictures are Latin letters and digits only, so that no font has to travel along; what they show is said in Chinese and
English beside them. The same numbers give the same bytes.
"""

import io
from collections.abc import Callable
from typing import Any, Final

_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "drill",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def picture(draw: Callable[..., None], *, height_in: float = 3.0, widths: tuple[float, ...] = (1.0,)) -> str:
    """What `draw` puts on a figure's axes, as SVG: side by side as many as there are `widths`, each an argument of its own.

    matplotlib is loaded here: only reports need it, and loading takes a second.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, height_in), layout="constrained")
        draw(*figure.subplots(1, len(widths), squeeze=False, width_ratios=widths)[0])
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
