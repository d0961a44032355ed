/** A dashboard's text. One's own is changed, another is saved as a copy. What is wrong is shown at its line. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, asApiError } from '../../api/client';
import { addDashboard, removeDashboard, setDashboard } from '../../api/endpoints';
import type { DashboardAnswer } from '../../api/types';
import { href, navigate, setParams } from '../../app/router';
import { Crumbs, Page } from '../../app/shell';
import { ErrorBox } from '../../components/states';
import { lineOf } from '../../lib/dashboard';
import './dashboards.css';

const TEMPLATE = `title: My dashboard
description: What it is for
variables:
  - name: job
    of: up
rows:
  - title: First row
    panels:
      - title: Targets that are up
        queries:
          - expr: sum by (job) (up{job=~"$job"})
            legend: "{{job}}"
`;

export function NewDashboard() {
  return (
    <Page
      title="New dashboard"
      timed={false}
      head={
        <Crumbs parent="Dashboards" to={href('/dashboards')}>
          New dashboard
        </Crumbs>
      }
    >
      <Form name="" text={TEMPLATE} shared={false} back={href('/dashboards')} save={(n, t, s) => addDashboard(n, t, s)} />
    </Page>
  );
}

export function Edit({ of, onSaved }: { of: DashboardAnswer; onSaved: () => void }) {
  const own = of.source === 'saved' && of.is_mine;
  const done = () => setParams({ edit: null }, { replace: true });
  // Without a dashboard to go back to, Cancel leads to the list.
  const back = of.dashboard ? '' : href('/dashboards');
  const wrong = of.error ? new ApiError(400, 'unreadable', of.error) : null;
  if (!own) return <Form name={`${of.name ?? of.dashboard?.title ?? of.id} (copy)`} text={of.text} shared={false} back={back} wrong={wrong} save={(n, t, s) => addDashboard(n, t, s)} />;
  return (
    <Form
      name={of.name!}
      text={of.text}
      shared={of.shared!}
      back={back}
      wrong={wrong}
      save={async (n, t, s) => {
        await setDashboard(of.view!, n, t, s);
        onSaved();
        done();
        return null;
      }}
      remove={async () => {
        await removeDashboard(of.view!);
        navigate(href('/dashboards'));
      }}
    />
  );
}

interface FormProps {
  name: string;
  text: string;
  shared: boolean;
  /** Where Cancel leads; empty: to the dashboard itself. */
  back: string;
  /** What is wrong with the text as it is. */
  wrong?: ApiError | null;
  /** Gives the new one's id, or null where it stays the same. */
  save: (name: string, text: string, shared: boolean) => Promise<{ id: number } | null>;
  remove?: () => Promise<void>;
}

function Form(p: FormProps) {
  const [name, setName] = useState(p.name);
  const [text, setText] = useState(p.text);
  const [shared, setShared] = useState(p.shared);
  const [error, setError] = useState<ApiError | null>(p.wrong ?? null);
  const [asking, setAsking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const run = async (work: () => Promise<void>) => {
    setError(null);
    try {
      await work();
    } catch (e) {
      setError(asApiError(e));
    }
  };
  const submit = () =>
    run(async () => {
      const made = await p.save(name.trim(), text, shared);
      if (made) navigate(href(`/dashboards/saved-${made.id}`));
    });
  const wrong = error ? lineOf(error.message) : null;
  useEffect(() => {
    if (wrong !== null) selectLine(area.current!, wrong);
  }, [error]);
  return (
    <form
      class="board-edit"
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <div class="toolbar board-bar">
        <label class="inline-field">
          Name <input class="input board-edit-name" value={name} maxLength={200} placeholder="Under which it is listed" onInput={(e) => setName(e.currentTarget.value)} />
        </label>
        <label class="inline-field">
          <input type="checkbox" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} /> for everybody
        </label>
        <span class="grow" />
        {p.remove &&
          (asking ? (
            <button type="button" class="button danger" onClick={() => void run(p.remove!)}>
              Delete it
            </button>
          ) : (
            <button type="button" class="button" onClick={() => setAsking(true)}>
              Delete…
            </button>
          ))}
        <button type="button" class="button" onClick={() => (p.back ? navigate(p.back) : setParams({ edit: null }, { replace: true }))}>
          Cancel
        </button>
        <button class="button primary" disabled={!name.trim() || !text.trim()} title="Save (Ctrl Enter)">
          Save
        </button>
      </div>
      {error && <ErrorBox error={error} />}
      <textarea
        ref={area}
        class="board-text mono"
        aria-label="Text of the dashboard"
        aria-invalid={wrong !== null}
        spellcheck={false}
        value={text}
        onInput={(e) => setText(e.currentTarget.value)}
        onKeyDown={(e) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && name.trim() && void submit()}
      />
      <p class="list-note dim">
        YAML, or JSON: title, description, tags, variables and rows of panels. In queries <code>$name</code> is a variable, <code>$rate</code> a range that suits the step.
      </p>
    </form>
  );
}

function selectLine(el: HTMLTextAreaElement, line: number): void {
  const lines = el.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  el.focus();
  el.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  el.scrollTop = Math.max(0, (line - 8) * 18);
}
