"""The doctor's round: every check that fits an installation, in the order in which one would mend what they find."""

from collections.abc import Iterator
from pathlib import Path

from dispatch.adapters.journal_places import Place
from dispatch.doctor import city, kept, machine, store
from dispatch.doctor.database import database
from dispatch.doctor.finding import Finding
from dispatch.doctor.redis_server import redis_server
from dispatch.engine.ports import Clock
from dispatch.settings import Settings


def examine(
    settings: Settings, clock: Clock, *, backups: Path | None = None, ntp: str | None = None, in_full: bool = True
) -> Iterator[Finding]:
    """What is amiss with the installation of `settings`. `ntp` is asked only when named; `in_full` verifies all of the journal."""
    yield from machine.disk(settings.data_dir)
    yield from machine.file_modes(settings.data_dir)
    yield from machine.file_modes(settings.keys_directory)
    said = machine.running(settings) if settings.port else None
    if settings.port:
        yield from machine.port(settings, said)
    if ntp is not None:
        yield from machine.ntp(ntp, clock)
    journal: Place = settings.journal_path
    if settings.database_url is None:
        yield from store.held(settings.data_dir, is_ours=said is not None)
        yield from store.stored(journal, in_full=in_full)
    else:
        journal = settings.database_url.get_secret_value()
        faults = list(database(journal, clock))
        yield from faults
        if not any(one.code.startswith("database_") for one in faults):
            yield from store.stored(journal, in_full=in_full)
    yield from store.cut_tails(settings.data_dir)
    if settings.redis_url is not None:
        yield from redis_server(settings.redis_url.get_secret_value(), settings.redis_sentinel, clock)
    if settings.trace_endpoint is not None:
        yield from machine.collector(settings.trace_endpoint)
    if (client := settings.oidc) is not None:
        yield from machine.identity_provider(client, clock)
    catalogue, faults = city.city(settings)
    yield from faults
    if catalogue is not None:
        yield from city.adopted(journal, catalogue)
        yield from city.roads(settings, catalogue)
        yield from city.posts(settings, catalogue)
        yield from city.demand(settings, catalogue)
    yield from city.console()
    yield from kept.accounts(settings.data_dir)
    yield from kept.keys(settings.keys_directory, journal, lambda: settings.master)
    yield from kept.newest_backup(backups, clock)
