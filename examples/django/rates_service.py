#!/usr/bin/env python3
"""The "other company's" service: quotes shipping, GET /rates/<country>. Loopback only, standard library only.

It takes 20 to 60 ms, the same for the same country, knows a few countries (404 for the rest) and is instrumented by
nobody: to the shop it is a host out there.
"""

import argparse
import http.server
import json
import time
import zlib

PRICES = {"AT": "6.90", "BE": "5.90", "CH": "14.50", "DE": "4.90", "ES": "8.90", "FR": "5.90", "IT": "7.90", "NL": "5.50"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        country = self.path.removeprefix("/rates/")
        time.sleep((20 + zlib.crc32(country.encode()) % 40) / 1000)
        price = PRICES.get(country)
        answer = {"country": country, "price": price, "currency": "EUR"} if price else {"error": "unknown country"}
        body = json.dumps(answer).encode()
        self.send_response(200 if price else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Says nothing: its log would be another company's."""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    http.server.ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Handler).serve_forever()


if __name__ == "__main__":
    main()
