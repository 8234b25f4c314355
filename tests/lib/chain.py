# SPDX-License-Identifier: Apache-2.0
"""The whole chain under test but headquarters: a simulated site, stationd, station-sync and a real broker.

    with Chain() as chain:
        ...                     # whoever is to hear all of it
        chain.start_sync()
        chain.station.tell("smoke-01 smoke")
"""
import os

import tap
from broker import Mosquitto
from issuer import Issuer
from station import Station

STATION = "CS-DEMO-001"
ROOT = f"stationmaster/v1/{STATION}"


class Chain:
    """PATIENCE: seconds without progress after which station-sync publishes again. `issuer` may give commands."""

    def __init__(self, patience=30, certificates=None, settings=""):
        self.patience = patience
        self.broker = Mosquitto(certificates)
        self.station = Station(start=False)
        self.settings = settings
        self.issuer = self.sync = None

    def __enter__(self):
        self.broker.start()
        try:
            self.station.__enter__()
            self.issuer = Issuer(self.station.folder)
            with open(os.path.join(self.station.config, "hq.pub"), "w", encoding="utf-8") as file:
                file.write(self.issuer.public)
            with open(os.path.join(self.station.config, "station.conf"), "a", encoding="utf-8") as file:
                file.write(f"\n[hq]\nbroker={self.broker.url}\ncommand-keys=hq.pub\n{self.settings}")
            self.station.start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, (tap.Skip, KeyboardInterrupt)):
            error.diagnostics = [*getattr(error, "diagnostics", []), *self.broker.logs()]
        try:
            if self.sync and self.sync.is_alive():  # before stationd, as the system would
                tap.equal(self.sync.stop(), 0, "exit status of station-sync")
        finally:
            try:
                self.station.__exit__(kind, error, trace)
            finally:
                self.broker.close()

    def start_sync(self):
        self.sync = self.station.run("sync", [self.station.program("sync/station-sync"), "--config", self.station.config,
                                              "--bus", "session", "--patience", self.patience])
        self.sync.wait_line("connected", 20)
