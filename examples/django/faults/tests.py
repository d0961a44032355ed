"""The deliberate faults fail as they are meant to."""

from unittest import mock

from django.test import TestCase

from djzen.celery import app as celery_app
from faults.tasks import DeliveryError, deliver_newsletter
from faults.tenants import TenantError


def frames(error):
    """The functions of the stack trace, outermost first."""
    names, traceback = [], error.__traceback__
    while traceback:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


class FaultsTest(TestCase):
    def crash(self, path, kind):
        try:  # assertRaises would take the stack trace away
            self.client.get(path)
        except kind as error:
            return error
        return self.fail(f"{path} did not crash")

    def test_zero_crashes_three_calls_below_the_view(self):
        error = self.crash("/crash/zero/", ZeroDivisionError)
        self.assertEqual(frames(error)[-4:], ["crash_zero", "apply_campaign", "discount_for", "spread"])

    def test_chain_keeps_its_cause(self):
        self.assertIsInstance(self.crash("/crash/chain/", TenantError).__cause__, KeyError)

    def test_key_has_one_stack_and_another_message_each_time(self):
        first, second = (self.crash(f"/crash/key/{n}/", KeyError) for n in (1, 2))
        self.assertEqual(frames(first), frames(second))
        self.assertNotEqual(str(first), str(second))

    def test_slow_page_waits_in_the_database(self):
        with mock.patch("faults.views.SLOW_SECONDS", 0), self.assertNumQueries(1) as queries:
            self.assertEqual(self.client.get("/slow/").status_code, 200)
        self.assertIn("pg_sleep", queries[0]["sql"])

    def test_task_fails_and_the_request_does_not(self):
        celery_app.conf.task_always_eager = True
        self.addCleanup(setattr, celery_app.conf, "task_always_eager", False)
        self.assertEqual(self.client.get("/task/fail/").status_code, 202)
        self.assertIsInstance(deliver_newsletter.apply(["spring"]).result, DeliveryError)

    def test_unavailable(self):
        self.assertEqual(self.client.get("/status/503/").status_code, 503)
