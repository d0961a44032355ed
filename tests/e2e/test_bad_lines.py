"""Log lines that are too long, too wide, oddly named, of a wrong clock or no UTF-8, by every protocol that takes lines: each is kept or
named, and nothing else of its request is lost. (What is no line at all: test_bad_input.py.)

    python3 tests/e2e/run.py bad_lines
"""

import json
import unittest

import test_bad_input

MEGABYTE = test_bad_input.MEGABYTE
now_ns = test_bad_input.now_ns


class LinesTest(test_bad_input.BadInput):
    def new_rejections(self):
        return {key: count - self.before.get(key, 0) for key, count in self.totals().items() if count != self.before.get(key, 0)}

    def test_a_megabyte_is_kept_and_more_is_named(self):
        def line(size):
            frame = json.dumps({"event": "large", "case": "megabyte", "filler": ""})
            return json.dumps({"event": "large", "case": "megabyte", "filler": "x" * (size - len(frame))})

        whole, more = line(MEGABYTE), line(MEGABYTE + 1)
        time_ns = now_ns(5)
        streams = [{"stream": {"service_name": "large"}, "values": [[str(time_ns), whole], [str(time_ns), more], [str(time_ns), "short"]]}]
        bulk = "".join('{"create":{}}\n' + document + "\n" for document in (whole, more, '{"message":"short"}'))
        ways = {
            "json": ("/push/json", f"{whole}\n{more}\n" + json.dumps({"event": "short"})),
            "lines": ("/push/json?format=lines", f"{whole}\n{more}\nshort"),
            "loki": ("/loki/api/v1/push", json.dumps({"streams": streams})),
            "bulk": ("/large/_bulk", bulk),
        }
        for number, (name, (path, body)) in enumerate(ways.items(), 1):
            with self.subTest(name):
                self.before = self.totals()
                self.assertIn(self.post(path, body, "application/json").status, (200, 400))
                new = self.new_rejections()
                self.assertEqual(sum(new.values()), 1, new)
                self.assertEqual(self.server.count("case:megabyte"), number)
                self.assertEqual(self.server.count("body:=short"), number)

    def test_ten_thousand_keys_in_one_record(self):
        line = json.dumps({"event": "wide", "case": "wide"} | {f"key{i}": i for i in range(10_000)})
        answer = self.post("/push/json", line + "\n" + json.dumps({"event": "narrow", "case": "wide"}))
        self.assertEqual(answer.json()["accepted"], 2)
        wide, narrow = sorted((row["fields"] for row in self.server.search("case:wide")), key=lambda fields: fields["body"], reverse=True)
        self.assertEqual((wide["key0"], wide["key997"], narrow["body"]), (0, 997, "narrow"))
        self.assertEqual(wide["otel.dropped_attributes_count"], 10_002 - 1000)
        self.assertEqual(wide["original"], line)
        self.assertEqual(self.server.count("key500:500"), 1)

    def test_keys_of_any_kind(self):
        keys = {"a.b": 1, "with blank": 2, 'a "quoted" key': 3, "n\0l": 4, "tab\t": 5, "ü€😀": 6, "a=b": 7, "{x}": 8, "k" * 300: 9, "back\\slash": 10}
        line = json.dumps({"event": "odd keys", "case": "keys", "": "nameless"} | keys)
        self.assertEqual(self.post("/push/json", line).json()["accepted"], 1)
        (row,) = self.server.search("case:keys")
        fields = row["fields"]
        self.assertEqual({key: fields.get(key) for key in keys}, keys)
        self.assertEqual(fields["original"], line)
        for query in ("a.b:1", '"with blank":2', '"a \\"quoted\\" key":3', '"a=b":7', '"{x}":8', "ü€😀:6"):
            self.assertEqual(self.server.count(f"case:keys {query}"), 1, query)

    def test_of_a_key_that_comes_twice_the_first_counts(self):
        line = '{"event": "twice", "case": "duplicate", "n": 1, "n": 2, "o": {"p": 3}, "o.p": 4, "event": "second"}'
        self.assertEqual(self.post("/push/json", line).json()["accepted"], 1)
        (row,) = self.server.search("case:duplicate")
        self.assertEqual({key: row["fields"][key] for key in ("body", "n", "o.p")}, {"body": "twice", "n": 1, "o.p": 3})
        self.assertEqual(row["fields"]["original"], line)

    def test_clocks_wrong_by_a_year(self):
        year = 365 * 86400
        values = [[str(now_ns(year)), "of last year"], [str(now_ns(-year)), "of next year"], [str(now_ns()), "of today"]]
        answer = self.post("/loki/api/v1/push", json.dumps({"streams": [{"stream": {"service_name": "clocks"}, "values": values}]}))
        self.assertEqual(answer.status, 400)
        self.assertIn("2 entr", answer.text)
        self.assertEqual([row["fields"]["body"] for row in self.server.search("service.name:clocks")], ["of today"])
        self.assertEqual(self.new_rejections(), {("loki", "timestamp_too_old"): 1, ("loki", "timestamp_too_new"): 1})

    def test_bytes_that_are_no_utf8_in_every_protocol(self):
        body = b'{"streams":[{"stream":{"service_name":"latin"},"values":[["%d","caf\xe9"]]}]}' % now_ns()
        self.assertEqual(self.post("/loki/api/v1/push", body).status, 204)
        self.assertEqual(self.post("/push/json?format=lines&extra_fields=service_name=latin", b"caf\xe9 line\n").json()["accepted"], 1)
        self.assertEqual(self.post("/latin/_bulk", b'{"create":{}}\n{"message":"caf\xe9 document","service.name":"latin"}\n').status, 200)
        found = sorted(row["fields"]["body"] for row in self.server.search("service.name:latin"))
        self.assertEqual(found, sorted(["caf\ufffd", "caf\\xe9 line", "caf\ufffd document"]))


if __name__ == "__main__":
    unittest.main()
