/** Rules of scrubbing or of grouping: written, tried against a stored event, then saved. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { asApiError, serverNow, type ApiError } from '../../api/client';
import { getEvent, getLatestEvent, listIssues } from '../../api/endpoints';
import { getRules, setRules, tryRules, type ProjectRules, type Rules, type Trial } from '../../api/project';
import { param } from '../../app/router';
import { session } from '../../app/session';
import { Section } from '../../components/bits';
import { Async, ErrorBox } from '../../components/states';
import { useData } from '../../lib/data';
import { byteToIndex } from '../../lib/query';
import { ruleError, type Part, type RuleError } from '../../lib/rules';
import { GroupingTrial, ScrubbingTrial } from './trial';

type Kind = 'scrubbing' | 'grouping';

const EDITORS: Record<Kind, { part: Part; label: string; hint: string; example: string }[]> = {
  scrubbing: [{ part: 'scrub_rules', label: 'Scrubbing rules', hint: 'remove, mask or hash; then key: with a pattern of a name, or path: with a regular expression. Secrets are always hidden, whatever stands here.', example: 'remove key:*phone*\nhash   path:user\\.email' }],
  grouping: [
    { part: 'stack_rules', label: 'Stack trace rules', hint: 'Matchers, then actions: which frames are the application’s own and which count.', example: 'stack.module:shop.retry.* -group\npath:**/generated/** -app' },
    { part: 'fingerprint_rules', label: 'Fingerprint rules', hint: 'Matchers, an arrow, and the parts of a fingerprint; the first rule that holds counts.', example: 'error.type:DatabaseUnavailable -> system-down-{{ error.value }}' },
  ],
};

export function RulesView({ project, of }: { project: number; of: Kind }) {
  const rules = useData((s) => getRules(project, s), [project]);
  return <Async of={rules}>{(r) => <Form project={project} of={of} rules={r} saved={rules.set} />}</Async>;
}

const own = (of: Kind, r: Rules): Partial<Rules> =>
  of === 'scrubbing' ? { scrub_rules: r.scrub_rules, scrub_ip_addresses: r.scrub_ip_addresses } : { stack_rules: r.stack_rules, fingerprint_rules: r.fingerprint_rules };

function Form({ project, of, rules, saved }: { project: number; of: Kind; rules: ProjectRules; saved: (r: ProjectRules) => void }) {
  const [draft, setDraft] = useState<Partial<Rules>>(own(of, rules));
  const [keep, setKeep] = useState(true);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [trial, setTrial] = useState<{ of: string; answer: Trial; stored: unknown } | null>(null);
  const events = useEvents();
  const text = JSON.stringify(draft);
  const changed = text !== JSON.stringify(own(of, rules));
  const isTried = trial?.of === text;
  const mayEdit = session.value?.user.role === 'admin';
  const wrong = error ? ruleError(error.message) : null;
  const change = (more: Partial<Rules>) => {
    setDraft({ ...draft, ...more });
    setError(null);
    setDone(false);
  };
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    setDone(false);
    try {
      await work();
    } catch (e) {
      setTrial(null);
      setError(asApiError(e));
    }
    setBusy(false);
  };
  const attempt = () =>
    run(async () => {
      const id = events.typed || (await getLatestEvent(events.issue)).event_id;
      const [answer, stored] = await Promise.all([tryRules(project, draft, id), getEvent(id)]);
      setTrial({ of: text, answer, stored: stored.payload });
    });
  const save = () =>
    run(async () => {
      const now = await setRules(project, draft, keep);
      saved(now);
      setDraft(own(of, now));
      setDone(true);
    });
  return (
    <>
      {!mayEdit && <p class="dim">Only an admin can save rules; trying them changes nothing.</p>}
      {EDITORS[of].map((e) => (
        <RuleText key={e.part} {...e} value={draft[e.part]!} wrong={wrong?.part === e.part ? wrong : null} onChange={(v) => change({ [e.part]: v })} />
      ))}
      {of === 'scrubbing' && (
        <label class="rule-check">
          <input type="checkbox" checked={draft.scrub_ip_addresses} onChange={(e) => change({ scrub_ip_addresses: e.currentTarget.checked })} /> Hide IP addresses
        </label>
      )}
      {of === 'grouping' && (
        <label class="rule-check" title="An event that would begin a new issue is looked up by the rules before the change, too">
          <input type="checkbox" checked={keep} onChange={(e) => setKeep(e.currentTarget.checked)} /> Events that have an issue stay in it
        </label>
      )}
      {error && !wrong && <ErrorBox error={error} />}
      {done && (
        <p class="rule-saved" role="status">
          Saved: they hold for what comes from now on.
        </p>
      )}
      <Section title="Try them on an event">
        <form
          class="toolbar rule-try"
          onSubmit={(e) => {
            e.preventDefault();
            void attempt();
          }}
        >
          <label class="inline-field">
            The newest of
            <select class="select" value={events.issue} disabled={!!events.typed} onChange={(e) => events.choose(Number(e.currentTarget.value))}>
              {events.issues.map((i) => (
                <option key={i.id} value={i.id}>
                  {i.short_id} {i.title.slice(0, 60)}
                </option>
              ))}
              {!events.issues.length && <option value={0}>no issue yet</option>}
            </select>
          </label>
          <label class="inline-field">
            or
            <input class="input mono" placeholder="an event's id" aria-label="An event's id" value={events.typed} onInput={(e) => events.type(e.currentTarget.value.trim())} />
          </label>
          <button class={isTried || !changed ? 'button' : 'button primary'} disabled={busy || !events.any}>
            Try
          </button>
          <button
            type="button"
            class={isTried && changed ? 'button primary' : 'button'}
            disabled={busy || !mayEdit || !changed || (!isTried && events.any)}
            title={!changed ? 'Nothing is changed' : isTried || !events.any ? 'They hold for what comes from now on' : 'Try them first'}
            onClick={() => void save()}
          >
            Save
          </button>
        </form>
        {events.error && <ErrorBox error={events.error} />}
        {isTried && (of === 'scrubbing' ? <ScrubbingTrial of={trial.answer} stored={trial.stored} /> : <GroupingTrial of={trial.answer} keep={keep} />)}
        {!isTried && <p class="dim">{events.any ? 'What they would make of it is shown here before anything is changed.' : 'No event is stored to try them on.'}</p>}
      </Section>
    </>
  );
}

const MONTH_MS = 30 * 86_400_000;

/** Events to try rules on: the newest of an issue that was seen lately, or one by its id. */
function useEvents() {
  const found = useData((s) => {
    const endMs = serverNow();
    return listIssues({ status: 'all', query: '', sort: 'last_seen', limit: 25, offset: 0 }, { startMs: endMs - MONTH_MS, endMs }, s);
  }, []);
  const [chosen, choose] = useState(0);
  const [typed, type] = useState(param('event'));
  const issues = found.data?.issues ?? [];
  const issue = chosen || issues[0]?.id || 0;
  return { issues, issue, choose, typed, type, any: !!typed || issue > 0, error: found.error };
}

function RuleText({ label, hint, example, value, wrong, onChange }: { label: string; hint: string; example: string; value: string; wrong: RuleError | null; onChange: (v: string) => void }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const lines = value.split('\n');
  useEffect(() => {
    if (!wrong) return;
    const at = lines.slice(0, wrong.line - 1).reduce((n, l) => n + l.length + 1, 0) + byteToIndex(lines[wrong.line - 1] ?? '', wrong.column - 1);
    area.current!.focus();
    area.current!.setSelectionRange(at, at);
  }, [wrong?.line, wrong?.column, wrong?.what]);
  return (
    <Section title={label} actions={<span class="dim rule-hint">{hint}</span>}>
      <div class={wrong ? 'rule-box wrong' : 'rule-box'}>
        <pre aria-hidden="true">
          {lines.map((_, i) => (
            <span key={i} class={wrong?.line === i + 1 ? 'bad' : undefined}>
              {`${i + 1}\n`}
            </span>
          ))}
        </pre>
        <textarea ref={area} class="mono" aria-label={label} aria-invalid={!!wrong} spellcheck={false} wrap="off" rows={Math.max(4, lines.length + 1)} value={value} placeholder={example} onInput={(e) => onChange(e.currentTarget.value)} />
      </div>
      {wrong && (
        <p class="rule-wrong" role="alert">
          Line {wrong.line}, column {wrong.column}: {wrong.what}
        </p>
      )}
    </Section>
  );
}
