"""A network with latency: what is sent to 10.9.0.2 comes back to 10.9.0.1 so many milliseconds later.

Usage, in a network namespace of its own (unshare --map-root-user --net):
    python3 slow_network.py MILLISECONDS LOG COMMAND...
starts the command there. Whoever listens on 10.9.0.1 is reached as 10.9.0.2, over a TUN device whose other
end is this program: it swaps the two addresses of each packet (their sum, and so every checksum, stays the
same) and holds it for the given time, in each direction, the first SYN like the rest. A line of the log
tells when a SYN (S) left the client, and when data (D) reached it: seconds, letter, the server's port.
"""
import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000

delay = float(sys.argv[1]) / 1000
log = open(sys.argv[2], "a", buffering=1)
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", b"slow0", IFF_TUN | IFF_NO_PI))
for command in (
    "ip link set lo up",
    "ip address add 10.9.0.1/24 dev slow0",
    "ip link set slow0 up",
):
    subprocess.run(command.split(), check=True)


def note(letter, port):
    log.write(f"{time.monotonic():.4f} {letter} {port}\n")


def look(packet, leaving):
    """Notes what begins a connection, and what carries data to the client."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return
    head = (packet[0] & 15) * 4
    source, target = struct.unpack_from(">HH", packet, head)
    flags = packet[head + 13]
    carries = len(packet) > head + (packet[head + 12] >> 4) * 4
    if leaving and flags & 0x12 == 0x02:
        ports.add(target)
        note("S", target)
    elif not leaving and carries and source in ports:
        note("D", source)


ports = set()
under_way = []
count = 0
child = subprocess.Popen(sys.argv[3:])
while child.poll() is None:
    wait = max(0, under_way[0][0] - time.monotonic()) if under_way else 0.05
    if select.select([tun], [], [], min(wait, 0.05))[0]:
        packet = bytearray(os.read(tun, 65536))
        if packet[0] >> 4 == 4:
            look(packet, leaving=True)
            packet[12:16], packet[16:20] = packet[16:20], packet[12:16]
            count += 1
            heapq.heappush(under_way, (time.monotonic() + delay, count, packet))
    while under_way and under_way[0][0] <= time.monotonic():
        packet = heapq.heappop(under_way)[2]
        look(packet, leaving=False)
        os.write(tun, packet)
sys.exit(child.returncode)
