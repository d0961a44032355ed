"""Closed by default, over HTTP: every route of routes.txt with every kind of caller; sign-in, sessions, tokens; what is secret stays so."""

import pathlib
import re
import subprocess
import time
import unittest

from http_client import Client
from tripod_server import ADMIN_TOKEN, DSN_KEY, Server, binary

ROUTES = pathlib.Path(__file__).parent / "routes.txt"
PASSWORD = "a password of the test, 29 bytes"
REFUSED = (401, 403)


def routes():
    for line in ROUTES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split()


def path_of(pattern):
    """A path that the pattern matches and behind which there is nothing."""
    if pattern.endswith("/stream"):
        return pattern + "?q=("  # an answer that ends: who may ask is told what is wrong
    return re.sub(r"\{\w+\}", "999999", pattern).replace("/*", "/no/such/page")


class SecurityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(Server())
        signed_in = cls.call("POST", "/api/app/session", {}, f'{{"token":"{cls.server.sign_in_token()}"}}')
        assert signed_in.status == 200, signed_in.text
        cls.set_cookie = signed_in.headers["set-cookie"]
        cls.session = {"Cookie": cls.set_cookie.partition(";")[0]}
        cls.csrf = {"X-CSRF-Token": signed_in.json()["csrf"]}
        cls.tokens = {scope: cls.make_token(scope) for scope in ("read", "write", "admin")}

    @classmethod
    def call(cls, method, path, headers, body=None):
        with Client(cls.server.url) as client:
            return client.request(method, path, body=body, headers={"Content-Type": "application/json"} | headers)

    @classmethod
    def make_token(cls, scope):
        body = f'{{"name":"of the test","scopes":["{scope}"]}}'
        made = cls.call("POST", "/api/app/tokens", {"Authorization": f"Bearer {ADMIN_TOKEN}"}, body)
        assert made.status == 201, made.text
        return {"Authorization": f"Bearer {made.json()['token']}"}

    # -- every route, every caller ------------------------------------------------------------------------------------

    def each_route(self, *accesses):
        for method, pattern, access in routes():
            # Signing out would end the session that the others need; it has a test of its own.
            if access in accesses and (method, pattern) != ("DELETE", "/api/app/session"):
                with self.subTest(route=f"{method} {pattern}"):
                    yield method, path_of(pattern)

    def test_reading_and_changing_need_credentials(self):
        for method, path in self.each_route("read", "write", "admin"):
            self.assertEqual(self.call(method, path, {}).status, 401)
            self.assertEqual(self.call(method, path, {"Authorization": "Bearer trp_" + "0" * 64}).status, 401)
            self.assertEqual(self.call(method, path, {"Cookie": "tripod_session=trs_" + "0" * 64}).status, 401)

    def test_an_ingest_key_only_sends(self):
        ways = [
            {"X-Tripod-Key": DSN_KEY},
            {"Authorization": f"Bearer {DSN_KEY}"},
            {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={DSN_KEY}"},
        ]
        for method, path in self.each_route("read", "write", "admin"):
            for way in ways:
                self.assertEqual(self.call(method, path, way).status, 403, way)
        for method, path in self.each_route("ingest", "ingest_or_dsn"):
            if "/api/999999/" not in path:  # of a project that does not exist: 403 whoever asks
                self.assertNotIn(self.call(method, path, ways[0]).status, REFUSED)

    def test_a_read_token_only_reads(self):
        for method, path in self.each_route("read"):
            self.assertNotIn(self.call(method, path, self.tokens["read"]).status, REFUSED)
        for method, path in self.each_route("write", "admin", "ingest", "ingest_or_dsn"):
            self.assertEqual(self.call(method, path, self.tokens["read"]).status, 403)

    def test_a_write_token_neither_reads_nor_administers(self):
        for method, path in self.each_route("read", "admin"):
            self.assertEqual(self.call(method, path, self.tokens["write"]).status, 403)
        for method, path in self.each_route("write"):
            if path != "/api/app/password":  # only a user has one
                self.assertNotIn(self.call(method, path, self.tokens["write"]).status, REFUSED)

    def test_changes_by_a_session_need_its_csrf_token(self):
        for method, path in self.each_route("write", "admin"):
            if method == "GET":
                continue
            for wrong in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}):
                self.assertEqual(self.call(method, path, self.session | wrong).status, 403, wrong)
            self.assertNotIn(self.call(method, path, self.session | self.csrf, "{}").status, REFUSED)

    def test_public_routes_need_nothing_and_tell_nothing(self):
        for method, path in self.each_route("public"):
            self.assertNotIn(self.call(method, path, {}).status, (403, 500))

    def test_other_methods_open_nothing(self):
        for method, path in self.each_route("read", "write", "admin"):
            for other in ("PATCH", "TRACE", "OPTIONS", "HEAD"):
                answer = self.call(other, path, {})
                self.assertIn(answer.status, (401, 404, 405), (other, method))

    def test_no_route_answers_other_origins_but_ingest(self):
        origin = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
        for method, path in self.each_route("read", "write", "admin"):
            answer = self.call(method, path, origin | self.tokens["read"])
            self.assertNotIn("access-control-allow-origin", answer.headers)
            self.assertNotIn("access-control-allow-origin", self.call("OPTIONS", path, origin).headers)
        preflight = self.call("OPTIONS", "/api/1/envelope/", origin)
        self.assertEqual(preflight.headers["access-control-allow-origin"], "*")
        self.assertNotIn("access-control-allow-credentials", preflight.headers)

    # -- sign-in ------------------------------------------------------------------------------------------------------

    def test_the_cookie_is_kept_from_scripts_and_other_sites(self):
        flags = {flag.strip().lower() for flag in self.set_cookie.split(";")[1:]}
        self.assertLessEqual({"httponly", "path=/"}, flags)
        self.assertTrue(flags & {"samesite=lax", "samesite=strict"}, flags)

    def test_a_link_signs_in_once(self):
        token = self.server.sign_in_token()
        self.assertEqual(self.call("POST", "/api/app/session", {}, f'{{"token":"{token}"}}').status, 401)

    def test_a_form_of_another_site_cannot_sign_in(self):
        answer = self.call("POST", "/api/app/session", {"Content-Type": "text/plain"}, '{"email":"admin","password":"x"}')
        self.assertEqual(answer.status, 415)

    def test_guessing_is_throttled_and_says_for_how_long(self):
        with Server() as server, Client(server.url, {"Content-Type": "application/json"}) as client:
            statuses = []
            for n in range(30):
                answer = client.request("POST", "/api/app/session", body=f'{{"email":"admin","password":"guess number {n}"}}')
                statuses.append(answer.status)
                if answer.status == 429:
                    break
            self.assertEqual(statuses[-1], 429, statuses)
            self.assertEqual(set(statuses[:-1]), {401})
            self.assertLessEqual(len(statuses), 15)
            self.assertGreater(int(answer.headers["retry-after"]), 0)
            # The right one-time link does not get through either while the address is throttled.
            body = f'{{"token":"{server.sign_in_token()}"}}'
            self.assertEqual(client.request("POST", "/api/app/session", body=body).status, 429)

    def test_signing_out_ends_the_session(self):
        with Server() as server, Client(server.url, {"Content-Type": "application/json"}) as client:
            body = f'{{"token":"{server.sign_in_token()}"}}'
            signed_in = client.request("POST", "/api/app/session", body=body)
            cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
            csrf = {"X-CSRF-Token": signed_in.json()["csrf"]}
            self.assertEqual(client.request("GET", "/api/app/session", headers=cookie).status, 200)
            self.assertEqual(client.request("DELETE", "/api/app/session", headers=cookie).status, 403)
            self.assertEqual(client.request("DELETE", "/api/app/session", headers=cookie | csrf).status, 204)
            self.assertEqual(client.request("GET", "/api/app/session", headers=cookie).status, 401)

    def test_sessions_and_tokens_survive_a_restart_and_a_password_signs_in(self):
        with Server() as server:
            with Client(server.url, {"Content-Type": "application/json"}) as client:
                signed_in = client.request("POST", "/api/app/session", body=f'{{"token":"{server.sign_in_token()}"}}')
                self.assertTrue(signed_in.json()["must_set_password"])
                session = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
                csrf = {"X-CSRF-Token": signed_in.json()["csrf"]}
                short = client.request("POST", "/api/app/password", body='{"new":"short"}', headers=session | csrf)
                self.assertEqual(short.status, 400)
                body = f'{{"current":null,"new":"{PASSWORD}"}}'
                self.assertEqual(client.request("POST", "/api/app/password", body=body, headers=session | csrf).status, 204)
                # The next change needs the current one.
                self.assertEqual(client.request("POST", "/api/app/password", body=body, headers=session | csrf).status, 403)
            server.restart()
            with Client(server.url, {"Content-Type": "application/json"}) as client:
                self.assertEqual(client.request("GET", "/api/app/session", headers=session).status, 200)
                email = signed_in.json()["user"]["email"]
                again = client.request("POST", "/api/app/session", body=f'{{"email":"{email}","password":"{PASSWORD}"}}')
                self.assertEqual(again.status, 200, again.text)
                self.assertFalse(again.json()["must_set_password"])
            self.assert_secret(server, PASSWORD, session["Cookie"].partition("=")[2])

    # -- what is secret -----------------------------------------------------------------------------------------------

    def assert_secret(self, server, *secrets):
        """Neither in the log nor in any file of the data folder."""
        files = [server.log_file, *(f for f in server.data.rglob("*") if f.is_file())]
        for secret in secrets:
            for file in files:
                self.assertNotIn(secret.encode(), file.read_bytes(), file.name)

    def test_tokens_are_shown_once_and_stored_as_hashes(self):
        secret = self.tokens["read"]["Authorization"].partition(" ")[2]
        listed = self.call("GET", "/api/app/tokens", {"Authorization": f"Bearer {ADMIN_TOKEN}"})
        self.assertEqual(listed.status, 200)
        self.assertNotIn(secret, listed.text)
        self.assertNotIn(ADMIN_TOKEN, listed.text)
        self.assert_secret(self.server, secret, ADMIN_TOKEN)

    def test_a_removed_token_is_refused_at_once(self):
        admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        token = self.make_token("read")
        self.assertEqual(self.call("GET", "/api/app/status", token).status, 200)
        number = max(t["id"] for t in self.call("GET", "/api/app/tokens", admin).json()["tokens"])
        self.assertEqual(self.call("DELETE", f"/api/app/tokens/{number}", admin).status, 204)
        self.assertEqual(self.call("GET", "/api/app/status", token).status, 401)

    def test_credentials_offered_are_not_echoed(self):
        wrong = "wrong-token-that-must-not-come-back"
        for path in ("/api/app/status", "/api/v1/query?query=up", "/loki/api/v1/labels", "/api/0/issues/1/events/"):
            answer = self.call("GET", path, {"Authorization": f"Bearer {wrong}"})
            self.assertNotIn(wrong, answer.text + str(answer.headers))
        self.assertNotIn(wrong, self.server.log_file.read_text(encoding="utf-8"))

    def test_help_and_errors_show_no_secret(self):
        environment = self.server.environment
        for arguments in (["serve", "--help"], ["--help"], ["logs", "--help"], ["serve", "--data", "/proc/none", "--http", "127.0.0.1:0"]):
            done = subprocess.run([binary(), *arguments], env=environment | {"TRIPOD_TOKEN": ADMIN_TOKEN}, capture_output=True, text=True, check=False, timeout=20)
            self.assertNotIn(ADMIN_TOKEN, done.stdout + done.stderr, arguments)
            self.assertNotIn(DSN_KEY, done.stdout + done.stderr, arguments)
        for variable, value in (("TRIPOD_DSN_KEY", "NOT-A-KEY-BUT-SECRET"), ("TRIPOD_ADMIN_TOKEN", "tooshort-secret")):
            done = subprocess.run([binary(), "serve"], env=environment | {variable: value}, capture_output=True, text=True, check=False, timeout=20)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(variable, done.stderr)
            self.assertNotIn(value, done.stdout + done.stderr)

    def test_secrets_do_not_stand_in_the_configuration_file(self):
        path = self.server.folder / "with_secret.yml"
        path.write_text("admin_token: 0123456789abcdef-in-a-file\n", encoding="utf-8")
        done = subprocess.run([binary(), "serve", "--config", path], capture_output=True, text=True, check=False, timeout=20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("TRIPOD_ADMIN_TOKEN", done.stderr)
        self.assertNotIn("in-a-file", done.stderr)

    def test_data_folder_is_closed_to_other_users(self):
        for path in [self.server.data, *self.server.data.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o007, 0, f"{path} is open to everybody: {oct(path.stat().st_mode)}")

    # -- the UI and our own metrics -----------------------------------------------------------------------------------

    def test_pages_are_served_with_a_strict_policy(self):
        for path in ("/", "/issues", "/no-such-file.js"):
            headers = self.call("GET", path, {"Accept": "text/html,*/*"}).headers
            policy = headers["content-security-policy"]
            self.assertIn("default-src 'self'", policy)
            self.assertIn("frame-ancestors 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["referrer-policy"], "no-referrer")

    def test_answers_of_the_api_are_not_kept_by_caches(self):
        for path in ("/api/app/session", "/api/app/setup", "/api/app/tokens"):
            answer = self.call("GET", path, {"Authorization": f"Bearer {ADMIN_TOKEN}"})
            self.assertEqual(answer.status, 200)
            self.assertIn("no-store", answer.headers.get("cache-control", ""), path)
            self.assertEqual(answer.headers.get("x-content-type-options"), "nosniff", path)

    def test_our_own_metrics_from_loopback(self):
        answer = self.call("GET", "/metrics", {})
        self.assertEqual(answer.status, 200)
        self.assertIn("tripod_http_requests_total", answer.text)
        self.assertNotIn(ADMIN_TOKEN, answer.text)
        self.assertNotIn(DSN_KEY, answer.text)

    def test_a_password_check_takes_its_time_also_for_unknown_users(self):
        """Who exists must not be told by how quickly the answer comes."""
        with Server() as server, Client(server.url, {"Content-Type": "application/json"}) as client:
            signed_in = client.request("POST", "/api/app/session", body=f'{{"token":"{server.sign_in_token()}"}}')
            session = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": signed_in.json()["csrf"]}
            client.request("POST", "/api/app/password", body=f'{{"current":null,"new":"{PASSWORD}"}}', headers=session)
            took = {}
            for email in (signed_in.json()["user"]["email"], "nobody@example.com"):
                best = 1e9
                for _ in range(2):
                    started = time.perf_counter()
                    client.request("POST", "/api/app/session", body=f'{{"email":"{email}","password":"wrong password"}}')
                    best = min(best, time.perf_counter() - started)
                took[email] = best
            known, unknown = took.values()
            self.assertGreater(unknown, known / 4, took)
