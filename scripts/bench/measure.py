"""Runs commands and says what each cost.

Reads lines of JSON from stdin, each a list of commands to start at once:
[{"argv": [...], "env": {...}, "cwd": "..."}], and answers each line with a list of what they
cost, in the same order: [{"code", "ms", "cpuMs", "mb"}]. Node can't tell the CPU time and peak memory
of one child; wait4(2) can.
"""
import json
import os
import sys
import time

# Kilobytes on Linux, bytes on macOS.
MEMORY_UNIT = 1024 if sys.platform == "linux" else 1


def start(job, nothing):
    os.chdir(job["cwd"])
    actions = [(os.POSIX_SPAWN_DUP2, nothing.fileno(), stream) for stream in (0, 1, 2)]
    begin = time.perf_counter()
    return os.posix_spawn(job["argv"][0], job["argv"], job["env"], file_actions=actions), begin


def finish(children):
    costs = {}
    while len(costs) < len(children):
        child, status, usage = os.wait4(-1, 0)
        costs[child] = {
            "code": os.waitstatus_to_exitcode(status),
            "ms": (time.perf_counter() - children[child]) * 1000,
            "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
            "mb": usage.ru_maxrss * MEMORY_UNIT / 1e6,
        }
    return [costs[child] for child in children]


with open(os.devnull, "r+b", buffering=0) as nothing:
    for line in sys.stdin:
        started = dict(start(job, nothing) for job in json.loads(line))
        print(json.dumps(finish(started)), flush=True)
