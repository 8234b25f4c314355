# SPDX-License-Identifier: Apache-2.0
"""The demo site's cameras, for tests of who looks at them:

    with Cameras() as cameras, Feed(cameras.display): ...
    with Cameras(guarded_site(folder, "eye", "secret")) as cameras: ...
"""
import os
import shutil
import tempfile

from process import Process

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
BUILD = os.path.abspath(os.environ.get("STATIONMASTER_BUILD", os.path.join(SOURCE, "build")))
SITE = os.path.join(SOURCE, "assets/sites/demo")


def guarded_site(folder, user, secret):
    """A copy of the demo's site whose cameras ask for that."""
    site = os.path.join(folder, "site")
    shutil.copytree(SITE, site)
    with open(os.path.join(site, "eye.secret"), "w", encoding="utf-8") as file:
        os.chmod(file.name, 0o600)
        file.write(secret + "\n")
    path = os.path.join(site, "devices.d/cameras.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("control=none\n", f"control=none\nusername={user}\npassword-file={site}/eye.secret\n"))
    return site


class Cameras:
    """station-sim with cameras at ports that stay, also when it is started again."""

    def __init__(self, site=SITE):
        self.site, self.sim = site, None
        self.folder = tempfile.mkdtemp(prefix="feed-")
        self.config = os.path.join(self.folder, "config")

    def start(self):
        ports = ["--ports", "config"] if self.sim else []
        self.sim = Process("sim", [os.path.join(BUILD, "drivers/station-sim"), "--site",
                                   self.config if self.sim else self.site, "--config-out", self.config, "--control",
                                   "--cars", "none", *ports])
        self.sim.wait_line("^site is ready", 10)
        self.display = self.sim.wait_line(r"^camera cam-01 (rtsp://\S+/102)$", 1)[1]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.sim.stop()
        shutil.rmtree(self.folder)

    def tell(self, line):
        mark = self.sim.mark()
        self.sim.say(line)
        self.sim.wait_line("^ok", 5, mark)
