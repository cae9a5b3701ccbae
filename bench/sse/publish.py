"""A line on standard input becomes an event on FIFO: page number N modulo PAGES has changed.

  publish.py FIFO PAGES
"""
import os
import sys


def main():
    out = os.open(sys.argv[1], os.O_WRONLY)
    pages, run = int(sys.argv[2]), os.getpid()  # a message id comes once
    for number, _ in enumerate(sys.stdin.buffer):
        line = (f'{{"topic":"bench.page","msg_id":"{run}-{number:06}",'
                f'"msg":{{"page":"p{number % pages:02}"}}}}\n')
        os.write(out, line.encode())


main()
