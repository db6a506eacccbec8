"""Names for people in a class: given, so that nobody has to moderate what a projector shows.

Where the host lets people choose: `ownnames.py`.
"""

from __future__ import annotations

import hashlib
import re

_KINDS = (  # noqa: SIM905 - words are read more easily in lines
    "Amber Azure Bold Brave Bright Bronze Calm Cheery Clever Copper Coral Cosy Crimson Curious Daring Eager Fair "
    "Gentle Glad Golden Happy Ivory Jade Jolly Keen Kind Lilac Lively Lucky Mellow Merry Mighty Nimble Noble Olive "
    "Patient Proud Quick Quiet Royal Ruby Scarlet Silver Sunny Swift Teal Tidy Violet Warm Witty"
).split()
_ANIMALS = (  # noqa: SIM905 - words are read more easily in lines
    "Badger Beaver Bison Camel Condor Crane Deer Dolphin Eagle Falcon Ferret Finch Fox Gecko Gibbon Hare Hawk "
    "Hedgehog Heron Ibex Jaguar Kestrel Koala Lemur Leopard Lion Llama Lynx Magpie Marmot Marten Moose Narwhal "
    "Ocelot Orca Otter Owl Panda Panther Pelican Penguin Puffin Puma Quail Rabbit Raven Robin Salmon Seal Sparrow "
    "Stork Swan Tapir Tiger Toucan Turtle Walrus Whale Wombat Zebra"
).split()
_ALL = len(_KINDS) * len(_ANIMALS)
_STRIDE = 1_297  # prime, and none of _ALL: every name comes once before any comes again


def name_of(code: str, number: int) -> str:
    """Of the person with this number, from 1, in the room with this code: "Amber Otter". No two are the same."""
    start = int.from_bytes(hashlib.sha256(code.encode()).digest()[:4])
    again, index = divmod(number - 1, _ALL)
    kind, animal = divmod((start + index * _STRIDE) % _ALL, len(_ANIMALS))
    name = f"{_KINDS[kind]} {_ANIMALS[animal]}"
    return f"{name} {again + 1}" if again else name


def key_of(name: str) -> str:
    """As the key of a record: "blue-otter"."""
    return name.lower().replace(" ", "-")


_GIVEN = frozenset(key_of(f"{kind} {animal}") for kind in _KINDS for animal in _ANIMALS)


def is_given(key: str) -> bool:
    """To somebody, or to somebody who is still to come."""
    return re.sub(r"-\d+$", "", key) in _GIVEN
