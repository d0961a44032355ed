"""Log clients of other stores, unmodified, against a real Tripod: elasticsearch-py (Elasticsearch), boto3 and watchtower
(CloudWatch Logs), python-logging-loki (Loki). Every line must be found with its level, time, service and fields.

    python3 tests/e2e/run.py log_clients
"""

import datetime
import json
import logging
import unittest
import warnings

import boto3
import elasticsearch
import logging_loki
import watchtower
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from elasticsearch import helpers
from tripod_server import DSN_KEY, Server

LINES = 250  # more than one request of each client
LEVELS = ("info", "warning", "error")
STORED = {"info": "info", "warning": "warn", "error": "error"}
STRANGER = "f" * 32


def utc_now():
    return datetime.datetime.now(datetime.UTC if hasattr(datetime, "UTC") else datetime.timezone.utc)


def nanos(moment):
    seconds = int(moment.timestamp())
    return seconds * 10**9 + moment.microsecond * 1000


class ClientTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())

    def rows(self, query):
        return self.server.search(query)


# -- Elasticsearch ----------------------------------------------------------------------------------------------------


class ElasticsearchTest(ClientTest):
    def client(self, path="", **options):
        options = {"api_key": DSN_KEY} | options
        client = elasticsearch.Elasticsearch(self.server.url + path, **options)
        self.addCleanup(client.close)
        return client

    def documents(self, index, operation, started):
        for n in range(LINES):
            level = LEVELS[n % len(LEVELS)]
            moment = started + datetime.timedelta(microseconds=137 * n)
            yield {
                "_op_type": operation,
                "_index": index,
                "_source": {
                    "@timestamp": moment.isoformat(),
                    "log": {"level": level.upper(), "logger": "shop.views"},
                    "message": f"line {n} of {index} “ü”",
                    "service": {"name": "shop", "environment": "test"},
                    "host": {"name": f"web-{n % 2}"},
                    "trace.id": f"{n + 1:032x}",
                    "request_id": f"r-{n}",
                    "order": {"id": n, "total": n / 4},
                },
            }

    def assert_found(self, index, started):
        rows = self.rows(f"elasticsearch.index:{index}")
        self.assertEqual(len(rows), LINES)
        for n, row in enumerate(rows):
            fields = row["fields"]
            self.assertEqual(int(row["time_ns"]), nanos(started + datetime.timedelta(microseconds=137 * n)))
            expected = {
                "body": f"line {n} of {index} “ü”", "severity_text": STORED[LEVELS[n % len(LEVELS)]], "logger": "shop.views",
                "service.name": "shop", "deployment.environment.name": "test", "host.name": f"web-{n % 2}",
                "trace_id": f"{n + 1:032x}", "request_id": f"r-{n}", "order.id": n, "order.total": n / 4,
            }  # fmt: skip
            self.assertEqual({name: fields.get(name) for name in expected}, expected)

    def test_bulk_by_both_actions(self):
        for operation in ("create", "index"):
            with self.subTest(operation=operation):
                started = utc_now()
                index = f"bulk-{operation}"
                done, failed = helpers.bulk(self.client(), self.documents(index, operation, started), chunk_size=100)
                self.assertEqual((done, failed), (LINES, []))
                self.assert_found(index, started)

    def test_streaming_bulk_compressed_by_each_kind_of_credentials(self):
        ways = {
            "pair": {"api_key": ("any", DSN_KEY)},
            "basic": {"api_key": None, "basic_auth": ("any", DSN_KEY)},
            "bearer": {"api_key": None, "bearer_auth": DSN_KEY},
        }
        for name, way in ways.items():
            with self.subTest(way=name):
                started = utc_now()
                client = self.client("/elastic", http_compress=True, **way)
                results = list(helpers.streaming_bulk(client, self.documents(f"stream-{name}", "create", started), chunk_size=64))
                self.assertEqual([ok for ok, _item in results], [True] * LINES)
                self.assertEqual({item["create"]["status"] for _ok, item in results}, {201})
                self.assert_found(f"stream-{name}", started)

    def test_refused_documents_are_told_in_their_place(self):
        now = utc_now()
        old = (now - datetime.timedelta(days=400)).isoformat()
        actions = [
            {"_op_type": "create", "_index": "mixed", "_source": {"@timestamp": now.isoformat(), "message": "first"}},
            {"_op_type": "create", "_index": "mixed", "_source": {"@timestamp": old, "message": "too old"}},
            {"_op_type": "delete", "_index": "mixed", "_id": "1"},
            {"_op_type": "update", "_index": "mixed", "_id": "1", "doc": {"a": 1}},
            {"_op_type": "index", "_index": "mixed", "_id": "own", "_source": {"@timestamp": now.isoformat(), "message": "last"}},
        ]
        results = list(helpers.streaming_bulk(self.client(), actions, raise_on_error=False))
        self.assertEqual([ok for ok, _item in results], [True, False, False, False, True])
        kinds = [next(iter(item.values()))["error"]["type"] for ok, item in results if not ok]
        self.assertEqual(kinds, ["mapper_parsing_exception", "illegal_argument_exception", "illegal_argument_exception"])
        self.assertEqual(results[-1][1]["index"]["_id"], "own")
        self.assertEqual([row["fields"]["body"] for row in self.rows("elasticsearch.index:mixed")], ["first", "last"])

    def test_a_wrong_key_is_told(self):
        with self.assertRaises(elasticsearch.AuthenticationException):
            helpers.bulk(self.client(api_key=STRANGER), [{"_index": "a", "message": "from a stranger"}])
        with self.assertRaises(elasticsearch.AuthenticationException):
            self.client(api_key=STRANGER).info()

    def test_handshakes_and_single_documents(self):
        client = self.client(sniff_on_start=True)
        self.assertEqual(client.info()["tagline"], "You Know, for Search")
        self.assertTrue(client.ping())
        self.assertEqual(client.cluster.health()["status"], "green")
        self.assertEqual(client.license.get()["license"]["status"], "active")
        self.assertFalse(client.indices.exists_index_template(name="t"))
        self.assertTrue(client.indices.put_index_template(name="t", index_patterns=["t-*"])["acknowledged"])
        self.assertTrue(client.ilm.put_lifecycle(name="p", policy={"phases": {}})["acknowledged"])
        self.assertTrue(client.ingest.put_pipeline(id="p", processors=[])["acknowledged"])
        made = client.index(index="single", id="one", document={"@timestamp": utc_now(), "message": "by index"})
        self.assertEqual((made["result"], made["_id"]), ("created", "one"))
        client.create(index="single", id="two", document={"@timestamp": utc_now(), "message": "by create"})
        client.index(index="single", document={"@timestamp": utc_now(), "message": "without an id"})
        self.assertEqual(len(self.rows("elasticsearch.index:single")), 3)
        counted = {(c["item"], c["kept"]) for c in self.server.status()["received"] if c["protocol"] == "elasticsearch"}
        self.assertLessEqual({("index template", False), ("lifecycle policy", False), ("ingest pipeline", False)}, counted)

    def test_searching_is_refused(self):
        with self.assertRaises(elasticsearch.BadRequestError) as caught:
            self.client().search(index="single", query={"match_all": {}})
        self.assertIn("is not offered", str(caught.exception))


# -- CloudWatch Logs --------------------------------------------------------------------------------------------------


class CloudWatchTest(ClientTest):
    def client(self, key=DSN_KEY, path="", **config):
        client = boto3.client(
            "logs",
            endpoint_url=self.server.url + path,
            region_name="eu-central-1",
            aws_access_key_id=key,
            aws_secret_access_key="not looked at",
            config=Config(retries={"max_attempts": 1}, **config),
        )
        self.addCleanup(client.close)
        return client

    def refusal(self, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        return error["Code"], error["Message"]

    def test_watchtower(self):
        handler = watchtower.CloudWatchLogHandler(
            log_group_name="/shop/web",
            log_stream_name="{logger_name}",
            log_group_retention_days=7,
            boto3_client=self.client(),
            max_batch_count=100,
        )
        handler.formatter.add_log_record_attrs = ["levelname", "name"]
        logger = logging.Logger("shop.views")
        logger.addHandler(handler)
        before = utc_now()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for n in range(LINES):
                logger.log(getattr(logging, LEVELS[n % len(LEVELS)].upper()), {"event": f"line {n}", "n": n, "request_id": f"r-{n}"})
            handler.close()
        rows = self.rows("aws.log.group.names:/shop/web")
        self.assertEqual(sorted(row["fields"]["n"] for row in rows), list(range(LINES)))
        for row in rows:
            fields, n = row["fields"], row["fields"]["n"]
            self.assertLessEqual(nanos(before) - 10**6, int(row["time_ns"]))
            self.assertLessEqual(int(row["time_ns"]), nanos(utc_now()))
            expected = {
                "body": f"line {n}", "severity_text": STORED[LEVELS[n % len(LEVELS)]], "request_id": f"r-{n}", "name": "shop.views",
                "service.name": "web", "aws.log.stream.names": "shop.views",
            }  # fmt: skip
            self.assertEqual({name: fields.get(name) for name in expected}, expected)
        # It sends first, is told that there is no such stream, makes it and sends again.
        refused = [item["reason"] for item in self.server.rejected() if "/shop/web" in item["detail"]]
        self.assertEqual(refused, ["not_found"])

    def test_groups_and_streams_are_remembered(self):
        client = self.client(path="/cloudwatch")
        client.create_log_group(logGroupName="/kept/api")
        for n in range(60):  # more than a page
            client.create_log_stream(logGroupName="/kept/api", logStreamName=f"s-{n:02}")
        self.server.crash()
        groups = [g["logGroupName"] for page in client.get_paginator("describe_log_groups").paginate() for g in page["logGroups"]]
        self.assertIn("/kept/api", groups)
        pages = client.get_paginator("describe_log_streams").paginate(logGroupName="/kept/api")
        self.assertEqual([s["logStreamName"] for page in pages for s in page["logStreams"]], [f"s-{n:02}" for n in range(60)])
        self.assertEqual(self.refusal(client.create_log_group, logGroupName="/kept/api")[0], "ResourceAlreadyExistsException")
        again = {"logGroupName": "/kept/api", "logStreamName": "s-00"}
        self.assertEqual(self.refusal(client.create_log_stream, **again)[0], "ResourceAlreadyExistsException")
        moment = int(utc_now().timestamp() * 1000)
        client.put_log_events(**again, logEvents=[{"timestamp": moment, "message": "after the crash"}])
        self.assertEqual(len(self.rows('"after the crash"')), 1)

    def test_rejected_events_and_refused_batches(self):
        client = self.client()
        stream = {"logGroupName": "refusals", "logStreamName": "s"}
        client.create_log_group(logGroupName="refusals")
        moment = int(utc_now().timestamp() * 1000)
        events = [{"timestamp": moment, "message": "now"}, {"timestamp": moment + 3_600_000, "message": "in an hour"}]
        self.assertEqual(self.refusal(client.put_log_events, **stream, logEvents=events)[0], "ResourceNotFoundException")
        client.create_log_stream(**stream)
        answer = client.put_log_events(**stream, logEvents=events)
        self.assertEqual(answer["rejectedLogEventsInfo"], {"tooNewLogEventStartIndex": 1})
        code, message = self.refusal(client.put_log_events, **stream, logEvents=events[::-1])
        self.assertEqual(code, "InvalidParameterException")
        self.assertIn("index 1", message)
        self.assertEqual(self.refusal(client.filter_log_events, logGroupName="refusals")[0], "UnknownOperationException")
        self.assertEqual([row["fields"]["body"] for row in self.rows("aws.log.group.names:refusals")], ["now"])

    def test_the_access_key_id_is_our_key(self):
        stranger = self.client(key=STRANGER)
        self.assertEqual(self.refusal(stranger.describe_log_groups)[0], "UnrecognizedClientException")
        # Without any credentials only from loopback to loopback, as everything that is sent here.
        self.assertIn("logGroups", self.client(signature_version=UNSIGNED).describe_log_groups())


# -- Loki -------------------------------------------------------------------------------------------------------------


class LokiTest(ClientTest):
    def test_python_logging_loki(self):
        handler = logging_loki.LokiHandler(
            url=f"{self.server.url}/loki/api/v1/push",
            tags={"app": "shop", "env": "test"},
            auth=("any", DSN_KEY),
            version="1",
        )
        self.addCleanup(handler.emitter.close)
        failures = []
        handler.handleError = failures.append
        logger = logging.Logger("shop.views")
        logger.addHandler(handler)
        before = utc_now()
        for n in range(LINES):
            text = json.dumps({"event": f"line {n}", "n": n, "request_id": f"r-{n}"}) if n % 2 else f"plain line {n}"
            logger.log(getattr(logging, LEVELS[n % len(LEVELS)].upper()), text, extra={"tags": {"shard": f"s{n % 3}"}})
        self.assertEqual(failures, [])
        rows = self.rows("service.name:shop")
        self.assertEqual(len(rows), LINES)
        for n, row in enumerate(rows):
            fields = row["fields"]
            self.assertLessEqual(nanos(before) - 10**6, int(row["time_ns"]))
            expected = {
                "body": f"line {n}" if n % 2 else f"plain line {n}", "severity_text": STORED[LEVELS[n % len(LEVELS)]],
                "service.name": "shop", "deployment.environment.name": "test", "logger": "shop.views", "shard": f"s{n % 3}",
            }  # fmt: skip
            if n % 2:
                expected |= {"n": n, "request_id": f"r-{n}"}
            self.assertEqual({name: fields.get(name) for name in expected}, expected)
        self.assertEqual(self.server.rejected(), [])
