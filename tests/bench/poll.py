# SPDX-License-Identifier: Apache-2.0
"""./station bench poll: what polling costs, beside a bare libmodbus loop on the same devices in the same run.

For N devices of 40 registers: CPU, memory, |interval - period| as the devices see it, and the time from the offending
answer to the stop coil; then with a tenth of the devices dead, and how soon one that comes back hot is stopped."""
import signal
import subprocess
import sys
import time

import rig

SECONDS = 15
REACTIONS = 30
DEAD_EACH = 10


class Bare:
    def __init__(self, ports, period_ms):
        self.process = subprocess.Popen([rig.BUILD / "tests/bench/bench-bare", str(period_ms)] + [str(p) for p in ports])

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def reactions(slaves, indices):
    """They stay stopped afterwards: what is held must not charge again."""
    times = []
    for index in indices:
        slaves.say(f"violate {index}")
        times.append(slaves.react(index, 5))
    return times


def measure(kind, count, period_ms):
    slaves = rig.Slaves(count, period_ms)
    master = Bare(slaves.ports, period_ms) if kind == "bare" else rig.Station(slaves.ports, period_ms)
    pid = master.process.pid
    time.sleep(3)
    slaves.say("reset")
    began, cpu = time.monotonic(), rig.cpu_s(pid)
    time.sleep(SECONDS)
    share = (rig.cpu_s(pid) - cpu) / (time.monotonic() - began)
    polls, _, p99, worst = slaves.report()
    memory = rig.rss_mib(pid)
    chosen = [index for index in range(count) if index % DEAD_EACH != 0][:REACTIONS]
    took = [t for t in reactions(slaves, chosen) if t is not None]
    result = {"cpu": 100 * share, "mib": memory, "p99": p99 / 1000, "worst": worst / 1000, "polls": polls / SECONDS,
              "react": rig.percentile(took, .5) / 1000, "react_max": max(took, default=float("nan")) / 1000,
              "answered": len(took)}
    if kind == "station" and period_ms == 1000:
        result |= with_the_dead(slaves, count)
    master.close()
    slaves.close()
    return result


def with_the_dead(slaves, count):
    """A tenth of the devices falls silent; then one after the other comes back, hot."""
    dead = list(range(0, count, DEAD_EACH))
    for index in dead:
        slaves.say(f"dead {index}")
    time.sleep(3)
    slaves.say("reset")
    time.sleep(SECONDS)
    polls, _, p99, worst = slaves.report()
    back = []
    for index in dead:
        slaves.say(f"violate {index}")
        slaves.say(f"alive {index}")
        began = time.monotonic()
        if slaves.react(index, 10) is not None:
            back.append(time.monotonic() - began)
    return {"dead_polls": polls / SECONDS, "dead_p99": p99 / 1000, "dead_worst": worst / 1000,
            "back_max": max(back, default=float("nan")), "back_n": len(back), "dead_n": len(dead)}


def main():
    counts = [int(a) for a in sys.argv[1:]] or [10, 100, 300]
    print("devices period  who      CPU %  ratio   MiB  polls/s  period |dev| p99/max ms  read->stop median/max ms")
    for count in counts:
        for period_ms in (1000, 100):
            floor = measure("bare", count, period_ms)
            ours = measure("station", count, period_ms)
            for who, r in (("bare", floor), ("station", ours)):
                ratio = r["cpu"] / floor["cpu"] if floor["cpu"] else float("nan")
                print(f"{count:7} {period_ms:4} ms {who:8} {r['cpu']:5.1f} {ratio:6.2f} {r['mib']:6.1f} {r['polls']:8.1f}"
                      f"   {r['p99']:9.2f} / {r['worst']:8.2f}    {r['react']:9.3f} / {r['react_max']:8.3f}  ({r['answered']})")
            if "dead_n" in ours:
                print(f"        {ours['dead_n']} of {count} dead: the others {ours['dead_polls']:.1f} polls/s, "
                      f"|dev| p99 {ours['dead_p99']:.2f} max {ours['dead_worst']:.2f} ms; back and hot: stopped within "
                      f"{ours['back_max']:.2f} s at most ({ours['back_n']} of {ours['dead_n']})")
            sys.stdout.flush()


main()
