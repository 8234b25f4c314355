# SPDX-License-Identifier: Apache-2.0
"""pymodbus slaves for tests of the driver: the Slave of slave.py, over TCP or a serial line (a pty), which also counts
connections, remembers what was asked for, can be mute, late, and drop its connections."""
import asyncio
import logging
import os
import pty
import socket
import threading
import tty

from pymodbus.server.async_io import (ModbusConnectedRequestHandler, ModbusSerialServer, ModbusSingleRequestHandler,
                                      ModbusTcpServer)

import process
import slave

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


def hears(handler, peer):
    """A subclass of a pymodbus HANDLER that reports to PEER what it is asked."""
    class Handler(handler):
        """One connection."""

        def connection_made(self, transport):
            super().connection_made(transport)
            peer.transports.append(transport)

        def execute(self, request, *addr):
            with process.news:
                peer.asked.append((request.function_code, getattr(request, "address", None),
                                   getattr(request, "count", None)))
                process.news.notify_all()
            if not peer.is_mute:
                super().execute(request, *addr)

    return Handler


class Peer(slave.Slave):
    """A TCP slave on a free port of loopback; units that it lacks are silent."""

    def __init__(self, units):
        super().__init__(units)
        self.transports = []
        self.asked = []
        self.is_mute = False

    @property
    def connections(self):
        return len(self.transports)

    def mute(self, is_mute):
        self.is_mute = is_mute

    def drop(self):
        """Closes every connection."""
        for transport in self.transports:
            self.loop.call_soon_threadsafe(transport.close)

    async def _serve(self):
        self.server = ModbusTcpServer(self.context, address=("127.0.0.1", 0), allow_reuse_address=True, loop=self.loop,
                                      handler=hears(ModbusConnectedRequestHandler, self), ignore_missing_slaves=True)
        serving = asyncio.ensure_future(self.server.serve_forever())
        await self.server.serving
        self.port = self.server.server.sockets[0].getsockname()[1]
        try:
            await serving
        except asyncio.CancelledError:
            pass


class SerialPeer(Peer):
    """An RTU slave on one end of a pty pair; the driver opens `tty`. Two ptys are joined byte by byte, as pymodbus
    wants a tty of its own."""

    def __init__(self, units):
        super().__init__(units)
        self.ends = [pty.openpty(), pty.openpty()]
        for _, follower in self.ends:
            tty.setraw(follower)
        self.tty, self.own_tty = (os.ttyname(follower) for _, follower in self.ends)
        self.done = None

    def _join(self, source, target):
        def copy():
            try:
                os.write(target, os.read(source, 4096))
            except OSError:
                pass
        self.loop.add_reader(source, copy)

    async def _serve(self):
        self.done = asyncio.Event()
        (near, _), (far, _) = self.ends
        self._join(near, far)
        self._join(far, near)
        self.server = ModbusSerialServer(self.context, port=self.own_tty, baudrate=115200, timeout=1,
                                         handler=hears(ModbusSingleRequestHandler, self), ignore_missing_slaves=True)
        await self.server.start()
        self.port = self.tty
        await self.done.wait()
        await self.server.shutdown()

    def __exit__(self, *error):
        self.loop.call_soon_threadsafe(self.done.set)
        self.thread.join(5)
        for pair in self.ends:
            for end in pair:
                os.close(end)


class Server(threading.Thread):
    """A TCP server whose answers are given by ANSWER(connection, request): for what no honest peer does."""

    def __init__(self, answer, backlog=5):
        super().__init__(daemon=True)
        self.answer = answer
        self.requests = []
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.socket.getsockname()[1]

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while request := connection.recv(300):
                    with process.news:
                        self.requests.append(request)
                        process.news.notify_all()
                    if self.answer(connection, request) is False:
                        return
            except OSError:
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
