"""Snapshots' bytes: the world comes back equal, and a changed program does not take old bytes for new."""

import sys
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from dispatch.adapters import codec_world
from dispatch.adapters.codec_world import decode_world, encode_world, program_digest
from dispatch.domain.world import World
from tests.fakes.story import Story


@pytest.fixture(scope="module")
def world() -> World:
    story = Story(seed=1)
    for _ in story.batches(400):
        pass
    return story.world


def test_a_world_comes_back_equal(world: World) -> None:
    assert decode_world(encode_world(world)) == world
    assert decode_world(encode_world(World())) == World()


def test_equal_worlds_have_equal_bytes(world: World) -> None:
    assert encode_world(decode_world(encode_world(world))) == encode_world(world)


@pytest.mark.parametrize("cut", [0, 1, 100, -1])
def test_damaged_bytes_are_a_value_error(world: World, cut: int) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        decode_world(encode_world(world)[:cut])


def test_the_digest_covers_every_module_that_shapes_a_world() -> None:
    def classes_in(hint: Any) -> set[type]:
        inner = set().union(*map(classes_in, get_args(hint)))
        if is_dataclass(hint) and isinstance(hint, type):
            hints = get_type_hints(hint)
            inner |= {hint}.union(*(classes_in(hints[field.name]) for field in fields(hint)))
        return inner

    shaping = {sys.modules[kind.__module__] for kind in classes_in(World)}
    assert len(shaping) >= 7  # world, incident, assignment, unit, hospital, patient, geo
    assert shaping <= set(codec_world._FOLDING_MODULES)


def test_the_digest_is_the_same_each_time() -> None:
    first = program_digest()
    program_digest.cache_clear()
    assert program_digest() == first
