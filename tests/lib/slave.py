# SPDX-License-Identifier: Apache-2.0
"""A Modbus TCP device of pymodbus that serves a register image and remembers every request: a peer that is not ours.

    with Slave({1: {"holding": {"1000": "0000 0003"}, "coil": {"0": "1 0 0"}}}) as slave:
        ... slave.port ... slave.log

Registers are hexadecimal words, bits 0 or 1; an address that the image lacks is answered by exception 2, as devices
do. `log` holds ("read" or "write", unit, space, address, [values or count]) in the order of the wire.
"""
import asyncio
import logging
import threading

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusTcpServer

import process

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # refusals are what tests ask for

SPACES = {"coil": "co", "discrete": "di", "holding": "hr", "input": "ir"}


def parse_space(space, image):
    """address → value of one space."""
    base = 2 if space in ("coil", "discrete") else 16
    return {int(start) + offset: int(word, base)
            for start, words in image.items() for offset, word in enumerate(words.split())}


class Block(ModbusSparseDataBlock):
    """One space of one unit."""

    def __init__(self, slave, unit, space, image):
        super().__init__(parse_space(space, image) or {0xFFFF: 0})
        self.slave, self.unit, self.space = slave, unit, space

    def getValues(self, address, count=1):  # pylint: disable=invalid-name
        self.slave.note("read", self.unit, self.space, address, count)
        return super().getValues(address, count)

    def setValues(self, address, values, use_as_default=False):  # pylint: disable=invalid-name
        values = [int(value) for value in (values if isinstance(values, (list, tuple)) else [values])]
        self.slave.note("write", self.unit, self.space, address, values)
        super().setValues(address, values, use_as_default)


class Slave:
    """A device with one or several units on a free port of loopback."""

    def __init__(self, units):
        self.log = []
        self.loop = asyncio.new_event_loop()
        slaves = {unit: ModbusSlaveContext(zero_mode=True, **{
            key: Block(self, unit, space, spaces.get(space, {})) for space, key in SPACES.items()})
            for unit, spaces in units.items()}
        self.context = ModbusServerContext(slaves=slaves, single=False)
        self.server = None
        self.port = None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def note(self, *entry):
        with process.news:
            self.log.append(entry)
            process.news.notify_all()

    def writes(self):
        """The writes so far, as "holding:1210=0000 0000"."""
        def word(space, value):
            return f"{value:04X}" if space == "holding" else str(value)
        return [f"{space}:{address}=" + " ".join(word(space, value) for value in values)
                for kind, _, space, address, values in list(self.log) if kind == "write"]

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._serve())

    async def _serve(self):
        self.server = ModbusTcpServer(self.context, address=("127.0.0.1", 0), allow_reuse_address=True, loop=self.loop)
        serving = asyncio.ensure_future(self.server.serve_forever())
        await self.server.serving
        self.port = self.server.server.sockets[0].getsockname()[1]
        try:
            await serving
        except asyncio.CancelledError:
            pass

    def __enter__(self):
        self.thread.start()
        process.until(lambda: self.port, 10, "the slave listens")
        return self

    def __exit__(self, *error):
        asyncio.run_coroutine_threadsafe(self.server.shutdown(), self.loop)
        self.thread.join(5)
