# SPDX-License-Identifier: Apache-2.0
"""The wall on a screen, its own or one that nobody sees (Xvfb), and pictures of it.

    wall = Wall(station, unseen=True, on_line=print_line)
    wall.show("zh_CN")
    wall.take("wall.png", "zh_CN")      # by a wall of its own, on the unseen screen
    while wall.is_taking(): ...
    wall.faults                         # what went wrong, and words that were cut
"""
import os

import xvfb
from process import whole_stacks
from station import BUILD

PROGRAM = os.path.join(BUILD, "ui/station-wall")
SIZE = "1920x1080"      # of the unseen screen and of pictures
WINDOW = "1280x720"     # on a person's own screen


class Wall:
    def __init__(self, station, unseen, on_line=None):
        self.station, self.on_line, self.unseen = station, on_line, unseen
        self.process = self.display = self.taking = None
        self.pictures, self.faults = [], []

    def screen(self):
        """The unseen screen, started when it is first needed."""
        if not self.display:
            _, self.display = xvfb.start(self.station.run, SIZE)
        return {"DISPLAY": self.display, "GDK_BACKEND": "x11", "WAYLAND_DISPLAY": "", "GTK_A11Y": "none"}

    def run(self, name, language, unseen, *more):
        environment = {"STATIONMASTER_LOCALES": os.path.join(BUILD, "assets/po"), "G_DEBUG": "",
                       **whole_stacks(), **(self.screen() if unseen else {})}
        return self.station.run(name, [PROGRAM, "--config", self.station.config, "--bus", "session", "--language",
                                       language, *more], environment=environment, on_line=self.on_line)

    def show(self, language):
        self.process = self.run("wall", language, self.unseen, "--size", SIZE if self.unseen else WINDOW)

    def take(self, file, language):
        """To be looked after by is_taking(); pictures asked for meanwhile come one after the other."""
        self.pictures.append((file, language))

    def is_taking(self):
        if self.taking and not self.taking[0].is_alive():
            self.end_picture(*self.taking)
            self.taking = None
        if not self.taking and self.pictures:
            file, language = self.pictures.pop(0)
            self.taking = (self.run("picture", language, True, "--size", SIZE, "--screenshot", file), file)
        return self.taking is not None

    def end_picture(self, process, file):
        status = process.stop()  # it has ended: hears its last lines
        if status != 0 or not os.path.exists(file):
            self.faults.append(f"{file}: station-wall ended with status {status}: {' | '.join(process.text()[-3:])}")
        self.faults += [f"{file}: {line.partition('cut: ')[2]} (cut)" for line in process.text() if "cut: " in line]

    def is_well(self):
        """It runs, or a person has closed it."""
        return not self.process or self.process.is_alive() or (not self.unseen and self.process.child.returncode == 0)
