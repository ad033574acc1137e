"""A `#Z` line as a controller tells it: no place is empty.

Public clients read the places of a line one after another and take an empty one for a broken line; a relay's they even
read from its end. So what is not set is told as its default, a place of which nothing is known as 0.
"""

from __future__ import annotations

from provisioning.zont.config_text import ObjectLine, Value
from provisioning.zont.object_fields import FIELDS


def whole_values(line: ObjectLine) -> tuple[Value, ...]:
    """All values of an object's line."""
    fields = next((FIELDS[each] for each in FIELDS if each == line.type_number), ())
    defaults = {field.place: field.default for field in fields}
    places = max([len(line.values) - 1, *defaults]) + 1
    values = [*line.values, *[None] * (places - len(line.values))]
    return tuple(defaults.get(place, 0) if value is None else value for place, value in enumerate(values))
