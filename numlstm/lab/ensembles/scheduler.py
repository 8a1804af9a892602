"""The way to a Dask scheduler.

Tutorial: tutorials/cluster.md
"""

import asyncio
import logging
import warnings
from contextlib import contextmanager

from ...errors import UserError, one_line

PATIENCE = 30  # seconds to reach a scheduler, which may just be starting
TLS = "; for tls://, Dask must know a certificate and a key, as python -m numlstm ensemble --help explains"


@contextmanager
def connection(address):
    """A Client of the scheduler at `address`. Raises UserError where there is none, or no dask.distributed."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError("--scheduler needs dask.distributed: pip install -e '.[cluster]'") from None
    try:
        asyncio.run(reach(address))
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError, asyncio.TimeoutError) as error:  # TypeError: no TLS settings
        raise UserError(f"there is no Dask scheduler at {address} ({one_line(error)}): --scheduler takes an address "
                        "such as tcp://host:8786" + TLS * address.startswith("tls:")) from None
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what goes wrong is told here, in one line
    warnings.filterwarnings("ignore", "Sending large graph")  # a checkpoint is large
    with client:
        try:
            yield client
        except OSError:
            if client.status == "running":
                raise
            raise UserError(f"the scheduler at {address} doesn't answer any more. The last checkpoints are kept: run "
                            "the same command again to go on") from None


async def reach(address):
    """Asks who is at the address, before a Client does: one that finds no scheduler takes a minute to end."""
    from distributed import Security, rpc
    async with rpc(address, timeout=PATIENCE, connection_args=Security().get_connection_args("client")) as there:
        who = await asyncio.wait_for(there.identity(), 2 * PATIENCE)
    if who["type"] != "Scheduler":
        raise ValueError(f"this is the address of a {who['type']}")
