import dataclasses
import json
import re
from collections import Counter
from datetime import date


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


print(Point(1), json.dumps(dataclasses.asdict(Point(3, 4))), Counter("abracadabra").most_common(2))
print(re.findall(r"\w+", "some words"), date(2026, 1, 2).isoformat())
