"""Holds what goes over the wire to docs/protocol.schema.json."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema import Draft202012Validator

from tests.servers import ROOT

SCHEMA = json.loads((ROOT / "docs" / "protocol.schema.json").read_text())


@functools.cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def hold(name: str, value: Any) -> None:
    """Fails with the place and the rule when a value breaks the schema's definition of that name."""
    errors = sorted(validator(name).iter_errors(value), key=lambda error: -len(error.absolute_path))
    told = [f"{error.json_path}: {error.message[:300]}" for error in errors[:3]]
    assert not told, f"{told} in {json.dumps(value)[:1500]}"


def holds(name: str, value: Any) -> bool:
    return bool(validator(name).is_valid(value))
