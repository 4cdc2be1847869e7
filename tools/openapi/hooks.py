"""Schemathesis hooks: half of the generated requests use existing ids, none uses the accounts of the run."""
import json
import os
import random
import uuid
from pathlib import Path

import schemathesis

STOCK = Path(os.environ["OZ_STOCK"])
CHOICE = random.Random(1)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or CHOICE.random() < 0.5:
        return path_parameters
    known = json.loads(STOCK.read_text())
    return {name: known.get(name, value) for name, value in path_parameters.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    # Schemathesis also reuses ids from responses, which the hook above does not control.
    spared = set(json.loads(STOCK.read_text())["spared"])
    for name, value in (case.path_parameters or {}).items():
        if value in spared:
            case.path_parameters[name] = str(uuid.uuid4())


@schemathesis.serializer("image/jpeg", "image/png")
def picture(context, value):
    return {"data": value if isinstance(value, bytes) else str(value).encode()}
