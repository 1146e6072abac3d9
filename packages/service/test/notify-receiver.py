"""Receives sd_notify messages as systemd does, and prints each as one JSON line: python3 notify-receiver.py SOCKET."""

import array
import json
import os
import socket
import sys

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print(json.dumps(["listening"]), flush=True)
while True:
    data, ancillary, _, _ = receiver.recvmsg(4096, socket.CMSG_SPACE(4 * array.array("i").itemsize))
    # The sender waits until the descriptor that comes with BARRIER=1 is closed.
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            for descriptor in array.array("i", content[: len(content) // 4 * 4]):
                os.close(descriptor)
    words = data.decode().splitlines()
    if words != ["BARRIER=1"]:
        print(json.dumps(words), flush=True)
