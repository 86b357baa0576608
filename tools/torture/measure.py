"""Runs a command and tells its end and its peak of memory: measure.py RESULT CGROUP|- COMMAND...

A program of its own, and a small one, because the peak of a child counts from its parent's size.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

result, group, *command = sys.argv[1:]
began = time.monotonic()
child = os.fork()
if child == 0:
    if group != "-":
        (Path(group) / "cgroup.procs").write_text(str(os.getpid()))
    os.execv(command[0], command)
_, status, usage = os.wait4(child, 0)
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = {"code": os.waitstatus_to_exitcode(status), "peak": usage.ru_maxrss << 10, "floor": own << 10}
Path(result).write_text(json.dumps(told | {"seconds": time.monotonic() - began}))
