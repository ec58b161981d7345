"""A mail server on loopback that keeps what it is sent: N.eml and N.json (envelope) in a folder. Prints its port; ends with its standard input."""

import asyncio
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP

folder = pathlib.Path(sys.argv[1])


class Sink:
    kept = 0

    async def handle_DATA(self, server, session, envelope):
        number, Sink.kept = Sink.kept, Sink.kept + 1
        (folder / f"{number}.eml").write_bytes(envelope.original_content)
        told = {"from": envelope.mail_from, "to": envelope.rcpt_tos}
        (folder / f"{number}.json").write_text(json.dumps(told))
        return "250 kept"


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname="sink.example.org"), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(serve())
