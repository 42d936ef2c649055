import gc
import sys

if "pytest" in sys.modules:
    # While pytest imports modules and collects tests, nearly nothing is garbage: the collector would scan all schemas,
    # tables and syntax trees again and again, which takes a third of that time. `tests.conftest` enables it again.
    gc.disable()
