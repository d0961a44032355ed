import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, isAbort, type ApiError } from '../../api/client';
import { listIssueEvents } from '../../api/endpoints';
import type { EventSummary } from '../../api/types';
import { href, navigate } from '../../app/router';
import { IdLink, Time } from '../../components/bits';
import { shortRelease } from '../../lib/issuewords';
import { Empty, ErrorBox, Loading } from '../../components/states';
import { middle } from '../../lib/format';
import { useRows } from '../../lib/rows';
import { compareNs } from '../../lib/time';

/** The newer ones before those that are shown; where they do not meet, the new page alone, so that none is left out between. */
function withNewer(had: EventSummary[], fresh: EventSummary[]): EventSummary[] {
  const known = new Set(had.map((e) => e.event_id));
  const added = fresh.filter((e) => !known.has(e.event_id));
  return added.length < fresh.length ? [...added, ...had] : fresh;
}

/** Every event of the issue, newest first, fetched page by page. */
export function AllEvents({ id, newest }: { id: number; newest: string | null }) {
  const [events, setEvents] = useState<EventSummary[]>([]);
  const [end, setEnd] = useState(false);
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const to = (e: EventSummary) => href(`/issues/${id}/events/${e.event_id}`);
  const { rowProps } = useRows(events.length, (n) => navigate(to(events[n]!)));

  const more = async () => {
    setLoading(true);
    setError(null);
    try {
      const answer = await listIssueEvents(id, events.at(-1)?.time_ns ?? null);
      const known = new Set(events.map((e) => e.event_id));
      const fresh = answer.events.filter((e) => !known.has(e.event_id));
      setEvents([...events, ...fresh]);
      setEnd(answer.events.length < 50 || fresh.length === 0);
    } catch (e) {
      setError(asApiError(e));
    } finally {
      setLoading(false);
    }
  };
  useEffect(() => void more(), [id]);

  // Newer ones come on top.
  const top = useRef('');
  top.current = events[0]?.time_ns ?? '';
  useEffect(() => {
    if (!newest || !top.current || compareNs(newest, top.current) <= 0) return;
    const abort = new AbortController();
    listIssueEvents(id, null, abort.signal).then(
      (answer) => setEvents((had) => withNewer(had, answer.events)),
      (e: unknown) => !isAbort(e) && setError(asApiError(e)),
    );
    return () => abort.abort();
  }, [newest]);

  if (error && !events.length) return <ErrorBox error={error} retry={() => void more()} />;
  if (!events.length) return loading || !end ? <Loading /> : <Empty title="No event of this issue is kept any more" />;
  return (
    <>
      <div class="panel scroll-x">
        <table class="table">
          <thead>
            <tr>
              <th>Time</th>
              <th>Event</th>
              <th>Transaction</th>
              <th>Release</th>
              <th>Environment</th>
              <th>User</th>
              <th>Trace</th>
            </tr>
          </thead>
          <tbody>
            {events.map((e, n) => (
              <tr key={e.event_id} {...rowProps(n)} class="clickable" onClick={() => navigate(to(e))}>
                <td class="nowrap">
                  <Time ns={e.time_ns} mode="full" />
                </td>
                <td>
                  <a class="mono" href={to(e)} onClick={(ev) => ev.stopPropagation()}>
                    {e.event_id.slice(0, 8)}
                  </a>
                  {e.thinned && <span class="dim"> thinned</span>}
                </td>
                <td class="mono">{e.transaction ?? ''}</td>
                <td class="mono">{e.release ? shortRelease(e.release) : ''}</td>
                <td>{e.environment ?? ''}</td>
                <td>{e.user ? middle(e.user, 30) : ''}</td>
                <td onClick={(ev) => ev.stopPropagation()}>{e.trace_id && <IdLink id={e.trace_id} kind="trace_id" max={13} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {error && <ErrorBox error={error} retry={() => void more()} />}
      {!end && !error && (
        <div class="pager">
          <button class="button" disabled={loading} onClick={() => void more()}>
            {loading ? 'Loading…' : 'Older events'}
          </button>
        </div>
      )}
    </>
  );
}
