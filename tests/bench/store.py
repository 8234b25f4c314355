# SPDX-License-Identifier: Apache-2.0
"""./station bench store: how long an alarm takes until it is durable and how many are taken a second, beside the bare disk.
STATIONMASTER_BENCH_DIR names the disk (default: /var/tmp)."""
import os
import subprocess
import tempfile

with tempfile.TemporaryDirectory(dir=os.environ.get("STATIONMASTER_BENCH_DIR", "/var/tmp")) as folder:
    subprocess.run([os.path.join(os.environ["STATIONMASTER_BUILD"], "tests/bench/bench-store"), folder], check=True)
