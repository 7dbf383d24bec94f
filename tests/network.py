"""A way between two servers that a test can cut, listen to and mend."""

from __future__ import annotations

import contextlib
import socket
import threading


def free_port() -> int:
    """A port that nothing listened at a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Wire:
    """Passes bytes on to a port of this machine, and keeps those that clients have sent."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = bytearray()
        self.is_cut = False
        self._open: list[socket.socket] = []
        self._all: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break all connections, and take none until `mend`."""
        self.is_cut = True
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """Pass bytes on again."""
        self.is_cut = False

    def close(self) -> None:
        """Take no more."""
        self.cut()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for each in (self._listener, *self._all):
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = None
                with contextlib.suppress(OSError):
                    far = (
                        None
                        if self.is_cut
                        else socket.create_connection(("127.0.0.1", self._target))
                    )
                if far is None:
                    near.close()
                    continue
                self._open += (near, far)
                self._all += (near, far)
                for source, sink, kept in ((near, far, True), (far, near, False)):
                    threading.Thread(
                        target=self._pass, args=(source, sink, kept), daemon=True
                    ).start()

    def _pass(self, source: socket.socket, sink: socket.socket, kept: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if kept:
                    self.heard += data
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
