import sys
from pathlib import Path

Path("helper.py").write_text("class Noisy:\n    def __del__(self):\n        print('helper gone')\nnoisy = Noisy()\n")
import helper

print(helper.__file__, "helper" in sys.modules, sorted(p.name for p in Path(".").iterdir()))
