"""sentry-cli as npm has it: releases, commits out of a git repository, deploys, events; and what it is told of what is not kept.

    python3 tests/e2e/run.py sentry_cli
"""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import node_of_tests
from tripod_server import ADMIN_TOKEN, Server, wait_for

ENVELOPE = '{{}}\n{{"type":"event"}}\n{{"event_id":"{id}","timestamp":{time},"release":"{release}","exception":{{"values":[{{"type":"{type}","value":"boom"}}]}}}}\n'


class SentryCliTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.program = node_of_tests.program("sentry-cli")
        cls.server = cls.enterClassContext(Server())
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="tripod-cli-")))

    def cli(self, *arguments, token=ADMIN_TOKEN, status=0, cwd=None):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "SENTRY_URL": self.server.url,
            "SENTRY_AUTH_TOKEN": token,
            "SENTRY_ORG": "default",
            "SENTRY_PROJECT": "default",
            "SENTRY_DSN": self.server.dsn,
            "SENTRY_DISABLE_UPDATE_CHECK": "1",
        }
        done = subprocess.run([self.program, *arguments], env=environment, cwd=cwd or self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def release(self, version):
        return self.server.get_json(f"/api/app/releases/{version}")

    def send_error(self, event_id, release, kind):
        with self.server.ingest_client() as client:
            body = ENVELOPE.format(id=event_id, time=time.time(), release=release, type=kind)
            answer = client.post("/api/1/envelope/", body.encode(), "application/x-sentry-envelope")
            self.assertEqual(answer.status, 200, answer.text)

    def git(self, repository, *arguments):
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *who, *arguments], cwd=repository, check=True, capture_output=True)

    def commit(self, repository, file, message):
        (repository / file).write_text(message, encoding="utf-8")
        self.git(repository, "add", file)
        self.git(repository, "commit", "-m", message)

    def test_info_tells_whose_token_it_is(self):
        shown = self.cli("info")
        for words in (self.server.url, "TRIPOD_ADMIN_TOKEN", "project:releases", "org:read", "event:admin"):
            self.assertIn(words, shown)
        self.assertIn("401", self.cli("info", token="trp_" + "0" * 64, status=1))

    def test_organizations_projects_and_repos_are_listed(self):
        self.assertIn("default", self.cli("organizations", "list"))
        self.assertIn("default", self.cli("projects", "list"))
        self.cli("repos", "list")

    def test_the_life_of_a_release(self):
        self.cli("releases", "new", "shop@1.0.0", "--url", "http://ci.example/1")
        release = self.release("shop@1.0.0")
        self.assertEqual((release["url"], release["released_ns"]), ("http://ci.example/1", None))
        self.cli("releases", "finalize", "shop@1.0.0")
        self.assertIsNotNone(self.release("shop@1.0.0")["released_ns"])
        self.cli("deploys", "new", "--release", "shop@1.0.0", "--env", "production", "--name", "blue", "--time", "60")
        self.assertIn("production", self.cli("deploys", "list", "--release", "shop@1.0.0"))
        deploy = self.release("shop@1.0.0")["deploys"][0]
        self.assertEqual((deploy["environment"], deploy["name"]), ("production", "blue"))
        self.assertEqual(int(deploy["finished_ns"]) - int(deploy["started_ns"]), 60 * 10**9)
        self.assertIn("shop@1.0.0", self.cli("releases", "list"))
        self.assertIn("shop@1.0.0", self.cli("releases", "info", "shop@1.0.0"))
        self.cli("releases", "archive", "shop@1.0.0")
        self.assertTrue(self.release("shop@1.0.0")["archived"])
        self.cli("releases", "restore", "shop@1.0.0")
        self.assertFalse(self.release("shop@1.0.0")["archived"])
        self.cli("releases", "delete", "shop@1.0.0")
        self.assertNotIn("shop@1.0.0", self.cli("releases", "list"))

    def test_commits_of_a_repository_and_the_issue_that_one_fixes(self):
        self.send_error("a" * 32, "before", "ValueError")
        issue = wait_for("the issue", lambda: next((i for i in self.server.issues() if i["title"].startswith("ValueError")), None))
        repository = self.folder / "shop"
        repository.mkdir()
        self.git(repository, "init")
        self.git(repository, "remote", "add", "origin", "https://git.example/team/shop.git")
        self.commit(repository, "cart.py", "Count the cart")
        self.commit(repository, "sums.py", f"Sum the cart\n\nFixes {issue['short_id']}")
        self.cli("releases", "new", "after")
        self.assertIn("Success", self.cli("releases", "set-commits", "after", "--local", cwd=repository))
        commits = self.release("after")["commits"]
        self.assertEqual([commit["message"].splitlines()[0] for commit in commits], ["Sum the cart", "Count the cart"])
        self.assertEqual((commits[0]["author_name"], commits[0]["repository"]), ("Ada", "origin"))
        self.assertEqual(commits[0]["files"], [{"path": "sums.py", "type": "A"}])
        fixed = self.server.get_json(f"/api/app/issues/{issue['id']}")
        self.assertEqual(fixed["status"], "resolved")
        # Seen before it was fixed: it stays resolved. Seen in the release that fixes it: a regression.
        self.send_error("b" * 32, "before", "ValueError")
        self.assertEqual(self.server.get_json(f"/api/app/issues/{issue['id']}")["status"], "resolved")
        self.send_error("c" * 32, "after", "ValueError")
        wait_for("the regression", lambda: self.server.get_json(f"/api/app/issues/{issue['id']}")["status"] == "unresolved")
        self.assertEqual([i["id"] for i in self.release("after")["regressed_issue_list"]], [issue["id"]])
        # The next release goes on from there.
        self.commit(repository, "mail.py", "Send a mail")
        self.cli("releases", "new", "later")
        self.cli("releases", "set-commits", "later", "--auto", cwd=repository)
        self.assertEqual([commit["message"].strip() for commit in self.release("later")["commits"]], ["Send a mail"])

    # After the test of commits, whose repository does not know this one: tests run in the order of their names.
    def test_the_head_of_a_repository_that_is_known(self):
        with self.server.read_client() as client:
            self.assertEqual(client.post("/api/0/organizations/default/repos/", b'{"name":"api","provider":"git"}').status, 201)
        self.assertIn("api", self.cli("repos", "list"))
        self.cli("releases", "new", "head")
        self.cli("releases", "set-commits", "head", "--commit", "api@" + "f" * 40)
        self.assertEqual([(c["id"], c["repository"]) for c in self.release("head")["commits"]], [("f" * 40, "api")])

    def test_send_event(self):
        self.cli("send-event", "-m", "sent by hand", "-r", "sent")
        wait_for("the event", lambda: any("sent by hand" in i["title"] for i in self.server.issues()))
        self.assertEqual(self.release("sent")["events"], 1)

    def test_an_upload_of_source_maps_is_told_that_they_are_not_kept(self):
        maps = self.folder / "maps"
        maps.mkdir()
        (maps / "app.js").write_text("f();\n//# sourceMappingURL=app.js.map\n", encoding="utf-8")
        (maps / "app.js.map").write_text('{"version":3,"sources":["a.js"],"mappings":"AAAA"}', encoding="utf-8")
        told = self.cli("sourcemaps", "upload", str(maps), "--release", "head", status=1)
        self.assertIn("does not keep source maps", told)
        with self.server.read_client() as client:
            self.assertRegex(client.get("/metrics").text, r"tripod_sentry_uploads_refused_total [1-9]")

    def test_a_token_that_only_reads_changes_nothing(self):
        with self.server.read_client() as client:
            token = client.post("/api/app/tokens", b'{"name":"reader","scopes":["read"]}').json()["token"]
        self.assertIn("403", self.cli("releases", "new", "forbidden", token=token, status=1))
        self.assertNotIn("forbidden", self.cli("releases", "list", token=token))


if __name__ == "__main__":
    unittest.main()
