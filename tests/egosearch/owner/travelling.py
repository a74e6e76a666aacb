"""A value's way to another process and back into a value."""

import json
from typing import Any

from egosearch.owner.codec import from_wire, to_wire


def there_and_back(value: Any, kind: Any) -> Any:
    return from_wire(json.loads(json.dumps(to_wire(value, kind))), kind)
