/** What users wrote about the events of the issue, newest first. */
import { useState } from 'preact/hooks';
import { asApiError, type ApiError } from '../../api/client';
import { listIssueFeedback } from '../../api/endpoints';
import type { Feedback } from '../../api/types';
import { href } from '../../app/router';
import { Time } from '../../components/bits';
import { Async, Empty, ErrorBox } from '../../components/states';
import type { Data } from '../../lib/data';

const PAGE = 100;

export function FeedbackList({ id, first }: { id: number; first: Data<{ feedback: Feedback[] }> }) {
  const [older, setOlder] = useState<Feedback[]>([]);
  const [end, setEnd] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const more = async (before: number) => {
    setError(null);
    try {
      const { feedback } = await listIssueFeedback(id, before);
      setOlder([...older, ...feedback]);
      setEnd(feedback.length < PAGE);
    } catch (e) {
      setError(asApiError(e));
    }
  };
  return (
    <Async of={first}>
      {({ feedback }) => {
        const had = new Set(feedback.map((f) => f.id));
        const list = [...feedback, ...older.filter((f) => !had.has(f.id))];
        if (!list.length) {
          return (
            <div class="panel">
              <Empty title="No user wrote about it" icon="user">
                <p>What people send by the dialog of a Sentry SDK, or by its feedback call with an event of this issue, is shown here.</p>
              </Empty>
            </div>
          );
        }
        return (
          <>
            <ul class="feedback">
              {list.map((f) => (
                <One key={f.id} id={id} feedback={f} />
              ))}
            </ul>
            {error && <ErrorBox error={error} retry={() => void more(list.at(-1)!.id)} />}
            {feedback.length === PAGE && !end && !error && (
              <button class="button" onClick={() => void more(list.at(-1)!.id)}>
                Older ones
              </button>
            )}
          </>
        );
      }}
    </Async>
  );
}

function One({ id, feedback: f }: { id: number; feedback: Feedback }) {
  return (
    <li class="panel pad">
      <p class="feedback-head">
        <strong>{f.name || f.email || 'Somebody'}</strong>
        {f.name && f.email && <span class="dim">{f.email}</span>}
        <span class="dim">
          <Time ns={f.created_ns} />
        </span>
        {f.event_id && (
          <a class="mono" href={href(`/issues/${id}/events/${f.event_id}`)}>
            Event {f.event_id.slice(0, 8)}
          </a>
        )}
      </p>
      <p class="feedback-text">{f.message}</p>
      {f.url && <p class="dim mono feedback-url">{f.url}</p>}
    </li>
  );
}
