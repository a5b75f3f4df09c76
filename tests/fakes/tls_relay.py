"""TLS in front of a server that has none: a certificate of its own, and a relay that takes the encryption off."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


def certificate(place: Path) -> tuple[Path, Path]:
    """A new self-signed certificate for the loopback address, and its key, as files in `place`."""
    cert, key = place / "cert.pem", place / "key.pem"
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    made = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    command = ["openssl", "req", "-x509", *made, *named, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@asynccontextmanager
async def tls_relay(cert: Path, key: Path, to_port: int) -> AsyncIterator[int]:
    """Listen with TLS on the loopback address, and hand everything on to `to_port`; gives the port."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    at_work: set[asyncio.Task[None]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, onward = await asyncio.open_connection("127.0.0.1", to_port)
        for one in (_pump(reader, onward), _pump(back, writer)):
            at_work.add(asyncio.create_task(one))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*at_work)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until the one end is closed; then close the other."""
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # closed without a farewell
    finally:
        writer.close()
