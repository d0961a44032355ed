"""bench/run issues: 100,000 issues, one of them with a million events; the lists of issues and the page of that one, through the HTTP API.

The folder is filled by `tripod_fill_issues`, since no more than 50,000 issues may begin within an hour.
"""

import pathlib
import subprocess

from large_set import Question, ask_all, lines_of, settle
from tripod_server import Server

ISSUES, EVENTS = 100_000, 1_000_000
LIST_MS, PAGE_MS = 50, 100
LISTS = {
    "unresolved": {},
    "all": {"status": "all"},
    "all, by first_seen": {"status": "all", "sort": "first_seen"},
    "all, by count": {"status": "all", "sort": "count"},
    "all, by users": {"status": "all", "sort": "users"},
    "level": {"query": "is:unresolved level:warning"},
    "assigned": {"query": "is:unresolved is:assigned"},
    "unassigned, by count": {"query": "is:unresolved is:unassigned", "sort": "count"},
    "first seen": {"query": "firstSeen:+5d"},
    "last seen before": {"query": "is:unresolved lastSeen:+1d"},
    "times seen": {"query": "times_seen:>2", "status": "all"},
    "type": {"query": "error.type:paymentError"},
    "release": {"query": "release:shop@1.4.0"},
    "releases": {"query": "release:shop@1.3*"},
    "first release": {"query": "firstRelease:shop@1.4.0", "status": "all"},
    "environment": {"query": "environment:staging", "sort": "users"},
    "last 3 days": {"status": "all", "start": "now-3d", "end": "now"},
    "text": {"query": "expired duplicate", "status": "all"},
    "text of 2 letters": {"query": "zz", "status": "all"},
    "text with a star": {"query": "title:*expired*cart*"},
    "text that all have": {"query": "Error", "status": "all"},
    "tag": {"query": "browser:Firefox*"},
    "tag, few": {"query": "tenant:tenant-77"},
    "two tags": {"query": "browser:Firefox* tenant:tenant-77"},
    "page 500": {"status": "all", "offset": 25_000},
}


def questions():
    api = "/api/app/issues"
    out = [Question("list: " + name, LIST_MS, api, parameters, lambda body: f"{len(body['issues'])} of {body['total']}") for name, parameters in LISTS.items()]
    for name, path, parameters, found in (
        ("issue", "", {}, lambda body: body["count"]),
        ("latest event", "/events/latest", {}, lambda body: len(body["event_id"])),
        ("oldest event", "/events/oldest", {}, lambda body: len(body["event_id"])),
        ("tags", "/tags", {}, lambda body: f"{len(body['tags'])} tags of {body['total']} events"),
        ("over time", "/over_time", {}, lambda body: sum(body["counts"])),
        ("events", "/events", {"limit": 50}, lambda body: len(body["events"])),
        ("history", "/activity", {}, lambda body: len(body["activity"])),
        ("merged", "/merged", {}, lambda body: len(body["merged"])),
        ("hashes", "/hashes", {}, lambda body: len(body["hashes"])),
        ("feedback", "/feedback", {}, lambda body: len(body["feedback"])),
    ):
        out.append(Question("issue: " + name, PAGE_MS, f"{api}/1{path}", parameters, found))
    return out


def any_event(server):
    """A question for the event in the middle of the issue, with the ones before and after it."""
    first = server.get_json("/api/app/issues/1/events/oldest")
    last = server.get_json("/api/app/issues/1/events/latest")
    middle = (int(first["time_ns"]) + int(last["time_ns"])) // 2
    event = server.get_json("/api/app/issues/1/events", before_ns=middle, limit=1)["events"][0]["event_id"]
    return Question("issue: an event by its id", PAGE_MS, f"/api/app/events/{event}", {}, lambda body: len(body["previous_event_id"]))


def measure(load, options):
    folder = pathlib.Path(options.reuse or options.folder or ".") / ("" if options.reuse else "many-issues")
    if not (folder / "data" / "meta.db").exists():
        (folder / "data").mkdir(parents=True)
        subprocess.run([load.parent / "tripod_fill_issues", folder / "data", str(ISSUES), str(EVENTS)], check=True, stdout=subprocess.DEVNULL)
    with Server(folder) as server:
        settle(server)
        asked = ask_all(server, [*questions(), any_event(server)], options.only)
        return {"questions": asked, "peak_rss_bytes": server.peak_rss_bytes()}


def table(facts):
    return "\n".join([*lines_of(facts["questions"], f"{ISSUES:,} issues, one with {EVENTS:,} events"), f"memory: peak {facts['peak_rss_bytes'] / 2**20:.0f} MiB"])

