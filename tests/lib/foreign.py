# SPDX-License-Identifier: Apache-2.0
"""A charger and an I/O module that speak Modbus by pymodbus, not by our simulator: TCP, or RTU over a pair of ptys.

Registers of the charger: holding 0 status (1 preparing, 2 charging, 4 finishing), 1 current in 0.1 A, 2 temperature;
coil 0 stop, coil 1 disable. Of the I/O module: coil 0 siren, coil 1 trip; discrete input 1 the breaker's contact.
`charger.behaviour` is obeys, refuses-stop, ignores-stop, ignores, confirms-but-charges or resumes; `io.behaviour` is trips, stuck
or lies. Over TCP `excuses` of either says by which exceptions the next writes of (coil, value) are answered instead of being
carried out: {(1, True): [6, 6]}; one that is acknowledged (5) is carried out all the same.
"""
import asyncio
import logging
import os
import select
import termios
import threading
import tty

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusConnectedRequestHandler, ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

import tap

logging.disable(logging.CRITICAL)  # what pymodbus says of refusals and of our ending it

PROFILE = """[profile]
kind=charger
source=tests/lib/foreign.py
[point 1/status]
read=holding:0
map=1:preparing;2:charging;4:finishing
[point 1/current]
read=holding:1
scale=0.1
unit=A
[point 1/bms_temp_max]
read=holding:2
[command 1/stop]
write=coil:0=1
[command 1/disable]
write=coil:1=1
[command 1/enable]
write=coil:1=0
"""

# Of a charger that forgets its stop and its disable unless they are written again, and that cannot be enabled.
LAPSING_PROFILE = PROFILE.replace("=1\n[command", "=1\nrefresh-ms=300\n[command").replace(
    "[command 1/enable]\nwrite=coil:1=0\n", "")

IO_PROFILE = """[profile]
kind=io
source=tests/lib/foreign.py
[point siren]
read=coil:0
type=bool
[command siren/on]
write=coil:0=1
[command siren/off]
write=coil:0=0
[point breaker-1]
read=discrete:1
map=1:closed;0:open
type=bool
[command breaker-1/trip]
write=coil:1=1
pulse-ms=1000
"""

# A value at a unit id that nobody answers at.
SIDE_POINT = """[point cabinet_temp]
read=holding:0
unit-id=200
"""

RULE = """[rule too-hot]
applies-to=connector/*
when=bms_temp_max >= 60
clear=bms_temp_max < 55
severity=critical
do=stop;siren
title=Too hot
"""


def excuses_of(slave):
    """A pymodbus handler that answers as SLAVE's excuses say."""
    class Handler(ModbusConnectedRequestHandler):
        """One connection."""

        def execute(self, request, *addr):
            codes = slave.excuses.get((getattr(request, "address", None), getattr(request, "value", None)))
            if request.function_code != 5 or not codes:
                super().execute(request, *addr)
                return
            if codes[0] == 5:
                slave.setValues(5, request.address, [request.value])
            response = request.doException(codes.pop(0))
            response.transaction_id, response.unit_id = request.transaction_id, request.unit_id
            self.send(response, *addr)

    return Handler


class Charger(ModbusSlaveContext):
    def __init__(self):
        super().__init__(zero_mode=True)
        self.excuses = {}
        self.behaviour = "obeys"
        self.powered = True
        self.writes = []
        self.reads = 0
        self.set_registers(2, 1000, 30)

    def set_registers(self, *values):
        super().setValues(3, 0, list(values))

    def validate(self, fc_as_hex, address, count=1):
        if fc_as_hex == 5 and address == 0 and self.behaviour == "refuses-stop":
            return False
        return super().validate(fc_as_hex, address, count)

    def getValues(self, fc_as_hex, address, count=1):
        self.reads += 1
        return super().getValues(fc_as_hex, address, count)

    def temperature(self, value):
        super().setValues(3, 2, [value])

    def setValues(self, fc_as_hex, address, values):
        super().setValues(fc_as_hex, address, values)
        if fc_as_hex not in (5, 15):
            return
        self.writes.append((address, bool(values[0])))
        obeys = {"obeys": True, "refuses-stop": address == 1, "ignores-stop": address == 1, "resumes": True}
        if values[0] and obeys.get(self.behaviour, False):
            super().setValues(3, 0, [4, 0])

    def resume(self):
        super().setValues(3, 0, [2, 1000])

    def cut(self):
        """Its feeder is open: no current, whatever it believes."""
        self.powered = False
        super().setValues(3, 1, [0])
        super().setValues(3, 0, [4])


class Io(ModbusSlaveContext):
    def __init__(self, charger):
        super().__init__(zero_mode=True)
        self.charger = charger
        self.excuses = {}
        self.behaviour = "trips"
        super().setValues(2, 1, [1])

    def setValues(self, fc_as_hex, address, values):
        super().setValues(fc_as_hex, address, values)
        if fc_as_hex in (5, 15) and address == 1 and values[0] and self.behaviour != "stuck":
            super().setValues(2, 1, [0])
            if self.behaviour == "trips":
                self.charger.cut()


    def is_tripping(self):
        """Whether the coil of the shunt trip is on."""
        return bool(super().getValues(1, 1, 1)[0])


class PtyPair:
    """Two serial ports that are one line: what goes into one comes out of the other."""

    def __init__(self):
        self.masters, self.ports, self.slaves = [], [], []
        for _ in range(2):
            master, slave = os.openpty()
            tty.setraw(master, termios.TCSANOW)
            tty.setraw(slave, termios.TCSANOW)
            self.masters.append(master)
            self.slaves.append(slave)
            self.ports.append(os.ttyname(slave))
        self.wake_read, self.wake = os.pipe()
        self.thread = threading.Thread(target=self._relay, daemon=True)
        self.thread.start()

    def _relay(self):
        one, two = self.masters
        while True:
            ready, _, _ = select.select([one, two, self.wake_read], [], [])
            if self.wake_read in ready:
                return
            for source in ready:
                os.write(two if source is one else one, os.read(source, 4096))

    def close(self):
        os.write(self.wake, b"x")
        self.thread.join()
        for descriptor in (*self.masters, *self.slaves, self.wake, self.wake_read):
            os.close(descriptor)


class Peers:
    """The two devices, served from a thread of their own: the charger by LINE (tcp or rtu), the I/O module by TCP.
    SIDE: the charger's profile has a value at a unit that is silent, and the rules are the shipped ones."""

    def __init__(self, line, side=False):
        self.side = side
        self.charger = Charger()
        self.io = Io(self.charger)
        self.pair = PtyPair() if line == "rtu" else None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.charger_address = self.call(self._serve_serial(self.charger, 1) if self.pair
                                         else self._serve_tcp(self.charger, 1))
        self.io_address = self.call(self._serve_tcp(self.io, 5))

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(10)

    async def _serve_tcp(self, slave, unit):
        server = ModbusTcpServer(ModbusServerContext(slaves={unit: slave}, single=False), framer=ModbusSocketFramer,
                                 handler=excuses_of(slave), address=("127.0.0.1", 0), allow_reuse_address=True,
                                 ignore_missing_slaves=True)
        asyncio.ensure_future(server.serve_forever())
        await asyncio.wait_for(server.serving, 5)
        return f"tcp://127.0.0.1:{server.server.sockets[0].getsockname()[1]}"

    async def _serve_serial(self, slave, unit):
        server = ModbusSerialServer(ModbusServerContext(slaves={unit: slave}, single=False), framer=ModbusRtuFramer,
                                    port=self.pair.ports[0], baudrate=9600, ignore_missing_slaves=True)
        await server.start()
        return f"rtu://{self.pair.ports[1]}?baud=9600&parity=none&stop=1"

    def write_site(self, folder, profile=PROFILE):
        config = os.path.join(folder, "config")
        texts = {
            "station.conf": f"[station]\nid=FOREIGN\ntimezone=Asia/Shanghai\ndata-dir={folder}/data\n[policy]\nshipped-rules={'yes' if self.side else 'no'}\n"
                            "stop-deadlines-ms=1500;1500;2000;2000\n",
            "devices.d/all.conf": f"[bus charger]\naddress={self.charger_address}\n[bus io]\naddress={self.io_address}\n"
                                  "[device dc-01]\nprofile=foreign\nbus=charger\nunit-id=1\nperiod-ms=200\nzone=bay-a\n"
                                  "feeder=io-01/breaker-1\n"
                                  "[device io-01]\nprofile=foreign-io\nbus=io\nunit-id=5\nperiod-ms=200\nzone=bay-a\n",
            "profiles/foreign.profile": profile + (SIDE_POINT if self.side else ""),
            "profiles/foreign-io.profile": IO_PROFILE,
            "rules.d/all.rules": "" if self.side else RULE,
        }
        for name, text in texts.items():
            path = os.path.join(config, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return config

    def close(self):
        async def end():
            for task in asyncio.all_tasks():
                if task is not asyncio.current_task():
                    task.cancel()
        self.call(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        if self.thread.is_alive():
            raise tap.Failure("the foreign peers did not end")
        if self.pair:
            self.pair.close()
