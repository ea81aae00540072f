"""The process that the practice broker runs in: `python -I broker_child.py EXTENSION CONFIG`.

iotcore is loaded from EXTENSION, its compiled module's file, and not through its package: that imports asyncio and
more, three times as long as the broker itself takes to be up. CONFIG is a rumqttd TOML file.
The process ends as soon as its standard input does, so also when its parent was killed.
"""

from __future__ import annotations

import os
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location


def _end_with_parent() -> None:
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(0)  # the broker's native threads know no other end


def main(extension: str, config: str) -> None:
    """Serve until standard input ends."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    spec = spec_from_file_location("iotcore", extension)
    if spec is None or spec.loader is None:
        raise ImportError(extension)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    broker = module.IotCoreBroker(config_path=config)
    broker.check_ports()  # else a port that somebody took meanwhile would go unnoticed
    broker.run_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
