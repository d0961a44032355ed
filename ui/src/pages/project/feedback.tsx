/** What users wrote, newest first. */
import { listFeedback } from '../../api/project';
import { refreshed } from '../../app/range';
import { href, param, setParams } from '../../app/router';
import { Section, Time } from '../../components/bits';
import { Async, Empty } from '../../components/states';
import { useData } from '../../lib/data';

const PAGE = 50;

export function FeedbackView() {
  const before = Number(param('before')) || null;
  const data = useData((s) => listFeedback(before, s), [before, refreshed.value]);
  return (
    <Section title="Feedback" actions={before && <a href={href('/project/feedback')}>Newest</a>}>
      <Async of={data}>
        {({ feedback }) =>
          feedback.length ? (
            <>
              {feedback.map((f) => (
                <article key={f.id} class="panel pad project-feedback">
                  <p>
                    <strong>{f.name || f.email || 'Somebody'}</strong> {f.name && <span class="dim">{f.email}</span>}{' '}
                    <span class="dim">
                      <Time ns={f.created_ns} />
                    </span>{' '}
                    {f.issue_id && <a href={href(f.event_id ? `/issues/${f.issue_id}/events/${f.event_id}` : `/issues/${f.issue_id}`)}>Issue</a>}
                  </p>
                  <p class="kv-value">{f.message}</p>
                  {f.url && <p class="dim mono wrap">{f.url}</p>}
                </article>
              ))}
              {feedback.length === PAGE && (
                <div class="pager">
                  <button class="button" onClick={() => setParams({ before: feedback.at(-1)!.id })}>
                    Older ones
                  </button>
                </div>
              )}
            </>
          ) : (
            <div class="panel">
              <Empty title={before ? 'Nothing older' : 'No user wrote anything yet'} icon="user">
                <p>What people send by the dialog or the feedback call of a Sentry SDK is shown here.</p>
              </Empty>
            </div>
          )
        }
      </Async>
    </Section>
  );
}
