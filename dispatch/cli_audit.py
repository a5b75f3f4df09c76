"""`dispatch drill audit`: were a drill's decisions the best?"""

from typing import Annotated, Any

import typer
from sqlalchemy import func, select

from dispatch.adapters.journal_compare import ComparingJournal
from dispatch.adapters.journal_faults import JournalDamaged
from dispatch.adapters.journal_sqlite import open_to_read
from dispatch.adapters.journal_tables import EVENTS
from dispatch.cli_replay import AsJson, Inputs, JournalFile, prepared_from, print_json, replayed, stop, tell
from dispatch.domain.events import RecommendationMade
from dispatch.drills.audit import Auditor
from dispatch.pipeline.policies import POLICIES


def audit(
    journal: JournalFile,
    sample: Annotated[
        int, typer.Option("--sample", help="约取多少次决定重解。 Some so many decisions are solved again.", min=1)
    ] = 1000,
    inputs: Inputs = None,
    as_json: AsJson = False,
) -> None:
    """重做演练，抽取决定用精确算法重解并报告差距。 Play a drill again and solve a sample of its decisions exactly."""
    try:
        with open_to_read(journal) as connection:
            prepared = prepared_from(connection, journal, inputs)
            policy = POLICIES[prepared.recipe.policy]
            if prepared.recipe.led:
                stop(
                    2,
                    "教员带领的演练由人派车,不作审计",
                    "In a drill that was led, people chose; there is nothing to audit",
                )
            if policy.prices is None:
                stop(2, f"策略 {policy.name} 不做联合选择，无可审计", f"The policy {policy.name} makes no joint choice")
            n_decisions = connection.scalar(_N_DECISIONS) or 0
            auditor = Auditor(policy, n_sample=sample, n_decisions=n_decisions)
            compared = ComparingJournal(connection)
            difference = replayed(prepared, compared, auditor.policy)
    except (FileNotFoundError, JournalDamaged) as error:
        stop(1, str(error))
    if difference is not None:
        tell(prepared, compared, difference)
        raise typer.Exit(1)
    report = auditor.report()
    if as_json:
        print_json(report)
    else:
        _tell(report)
    raise typer.Exit(0 if auditor.is_good else 1)


_N_DECISIONS = select(func.count(EVENTS.c.command_id.distinct())).where(EVENTS.c.type == RecommendationMade.__name__)


def _tell(report: dict[str, Any]) -> None:
    total = report["all"]
    if not total["n"]:
        typer.echo("没有可审计的决定")
        typer.echo("There was no decision to audit")
        return
    share, worst = f"{total['share_equal'] * 100:.2f} %", f"{total['worst_share'] * 100:.4f} %"
    ties = f"{total['ties_cost_share'] * 100:.3f} %"
    verdict = "符合 holds" if report["is_good"] else "不符合 does not hold"
    typer.echo(
        f"共 {report['decisions']} 次决定，重解 {total['n']} 次：{total['n_equal']} 次（{share}）等于精确最优，最差高出 {worst}；"
        f"与求得的解不符 {total['n_not_as_found']}；相当者取近 {total['n_ties']}（合计贵 {ties}）；"
        f"改派机组而未审计 {report['changes_of_crews_left_out']}；{verdict}"
    )
    typer.echo(
        f"{report['decisions']} decisions, {total['n']} solved again: {total['n_equal']} ({share}) equal the exact optimum, the worst "
        f"is {worst} above it; {total['n_not_as_found']} not as found; {total['n_ties']} times the nearest between equals ({ties} "
        f"dearer in all); {report['changes_of_crews_left_out']} with changes of crews left out"
    )
    for row in report["by_needs"]:
        last = "" if row["needs_below"] is None else row["needs_below"] - 1
        needs = f"{row['needs_from']}–{last}"
        typer.echo(f"  同时需要车组 units wanted together {needs:>6}: {row['n_equal']}/{row['n']}")
