"""What a subscriber costs: memory of the process, and what the kernel keeps for one who does not
read."""
import re
import socket
import subprocess
import time

from server import PORT, Freshet


def process_memory(a, kit, upstream):
    """Bytes of a fresh process for each of N quiet subscribers, and after 50 events to all."""
    print("\nprocess memory: RSS a subscriber of a fresh process, quiet / after 50 events to all")
    for n in map(int, a.subs.split(",")):
        freshet = Freshet(a.freshet, a.server_cpu, upstream)
        try:
            before = freshet.rss()
            hold = subprocess.Popen(
                [str(kit / "build/sse_fanout"), "--mode", "hold", "--subs", str(n), "--sub",
                 f"http://127.0.0.1:{PORT}/-/live?match=/bench/p00.json"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            hold.stdout.readline()
            freshet.until("freshet_sse_subscribers", n)
            quiet = freshet.rss() - before
            # Nobody reads: 50 frames of 200 bytes stay in the sockets.
            for i in range(50):
                freshet.publish("bench.page", "p00")
                freshet.until("freshet_sse_events_total", n * (i + 1))
            print(f"{n:8d}  {quiet / n:6.0f} / {(freshet.rss() - before) / n:.0f} B", flush=True)
            hold.stdin.close()
            hold.wait()
        finally:
            freshet.stop()


def kernel_memory(a, upstream, readers=20):
    """The server's end of streams whose readers have stopped, as `ss -m` shows it."""
    freshet = Freshet(a.freshet, a.server_cpu, upstream)
    peers = []
    try:
        for _ in range(readers):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(("127.0.0.1", PORT))
            s.sendall(b"GET /-/live?match=/full/p00.json HTTP/1.1\r\nHost: h\r\n\r\n")
            assert s.recv(12) == b"HTTP/1.1 200"
            peers.append(s)
        before = freshet.rss()
        for i in range(100):
            freshet.publish("bench.full", "p00")
            time.sleep(0.02)
        grown = freshet.rss() - before
        shown = subprocess.run(["ss", "-tmnH", "state", "established", f"( sport = :{PORT} )"],
                               capture_output=True, text=True, check=True).stdout
        queued = [int(x) for x in re.findall(r"skmem:\(.*?,w(\d+),", shown)]
        bound = [int(x) for x in re.findall(r"skmem:\(.*?,tb(\d+),", shown)]
        held = sorted(zip(queued, bound))[-readers:]
        print(f"\n{readers} readers who do not read, 100 frames of 8 KiB: the kernel holds "
              f"{held[0][0]}..{held[-1][0]} B a stream (ss -m: w), bound {held[-1][1]} B (tb); "
              f"the process {grown / readers:.0f} B a stream")
    finally:
        for s in peers:
            s.close()
        freshet.stop()
