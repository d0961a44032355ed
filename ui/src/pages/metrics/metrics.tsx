/** Metrics: PromQL queries side by side, as graphs, heatmaps or tables. */
import { useMemo, useState } from 'preact/hooks';
import { queryInstant, queryRange } from '../../api/prom';
import { relative, resolved } from '../../app/range';
import { href, navigate, param, setParams, url } from '../../app/router';
import { focusQuery, Page } from '../../app/shell';
import { CopyButton, Segmented } from '../../components/bits';
import { useExemplars } from '../../components/prom/exemplars';
import { Errors, Notes, notesOf, type Note } from '../../components/prom/notes';
import { useReleases } from '../../components/prom/releases';
import { useResults } from '../../components/prom/results';
import { Icon } from '../../components/icon';
import { Loading, Warnings } from '../../components/states';
import { useHotkeys } from '../../lib/hotkeys';
import type { Grid } from '../../lib/promlines';
import { stepText } from '../../lib/step';
import { MetricBrowser } from './browser';
import { Explain } from './explain';
import { Graphs } from './graph';
import { Heatmaps } from './heatmaps';
import { QueryRow } from './queryrow';
import { flip, freeLetter, permalink, readQueries, readSwitches, remove, run, setView, stepNow, toggleExplain, toggleHidden, viewOf, type Query, type Switches } from './state';
import { Tables } from './table';
import './metrics.css';

type NotesOf = Record<string, Note[]>;

export default function Metrics() {
  const queries = readQueries();
  const [blank, setBlank] = useState<string | null>(null);
  const [notes, setNotes] = useState<NotesOf>({});
  const active = useMemo(() => queries.filter((q) => !q.hidden && q.text), [url.value.search]);
  const shown: Query[] = [...queries];
  if (blank && !queries.some((q) => q.letter === blank)) shown.push({ letter: blank, text: '', hidden: false });
  if (!shown.length) shown.push({ letter: 'a', text: '', hidden: false });
  const next = freeLetter(shown.map((q) => q.letter));
  const add = (text = '') => {
    if (!next) return;
    if (text) run(next, text);
    else setBlank(next);
    requestAnimationFrame(() => focusQuery(next));
  };
  const ask = (letter: string, text: string) => {
    setBlank(null);
    run(letter, text);
  };
  useHotkeys({ n: () => add(), ...Object.fromEntries(shown.slice(0, 9).map((q, i) => [String(i + 1), () => focusQuery(q.letter)])) });
  return (
    <Page title="Metrics">
      <div class="queries">
        {shown.map((q, i) => (
          <QueryRow
            key={q.letter}
            query={q}
            first={i === 0}
            single={shown.length === 1}
            notes={notes[q.letter]}
            onRun={(text) => ask(q.letter, text)}
            onRemove={() => (setBlank(null), remove(q.letter))}
            onHide={() => toggleHidden(q.letter)}
            onExplain={q.text && !q.hidden ? () => toggleExplain(q.letter) : undefined}
            onDuplicate={next ? (text) => add(text) : undefined}
          />
        ))}
      </div>
      <Bar onAdd={next && queries.length ? () => add() : undefined} asking={active.length > 0} />
      {active.length === 0 ? (
        <MetricBrowser onPick={(text) => ask(shown[0]!.letter, text)} hidden={queries.length > 0 && queries.every((q) => q.hidden)} />
      ) : (
        <Answers queries={active} named={queries.length > 1} onNotes={setNotes} />
      )}
    </Page>
  );
}

const SWITCHES: [keyof Switches, string, string, string][] = [
  ['stack', 'Stacked', 's', 'Areas on top of each other'],
  ['log', 'Log', 'l', 'A scale of powers of ten'],
  ['split', 'Split', 'x', 'A graph for each query'],
  ['releases', 'Releases', 'm', 'Mark where a release was first seen'],
  ['exemplars', 'Exemplars', 'e', 'Single requests as dots that open their trace'],
];

function Bar({ onAdd, asking }: { onAdd: (() => void) | undefined; asking: boolean }) {
  const view = viewOf();
  const on = readSwitches();
  const step = stepNow();
  const used = (name: keyof Switches) => view === 'graph' || (view === 'heatmap' && name === 'exemplars');
  useHotkeys({
    p: () => toggleExplain(param('explain') || readQueries().find((q) => !q.hidden && q.text)?.letter || ''),
    c: () => navigate(href('/series')),
    v: () => setView(view === 'graph' ? 'heatmap' : view === 'heatmap' ? 'table' : 'graph'),
    ...Object.fromEntries(SWITCHES.filter(([name]) => used(name)).map(([name, , key]) => [key, () => flip(name, on[name])])),
  });
  return (
    <>
      <div class="toolbar metrics-bar">
        <button class="button" disabled={!onAdd} title="Add a query (n)" onClick={onAdd}>
          <Icon name="plus" size={14} /> Add a query
        </button>
        {asking && <CopyButton text={permalink} label="Copy link" />}
        <a class="button" href={href('/series')} title="Which metric and label has how many series (c)">
          <Icon name="list" size={14} /> Series
        </a>
        <span class="grow" />
        {asking && view !== 'table' && (
          <div class="metrics-switches">
            {SWITCHES.filter(([name]) => used(name)).map(([name, label, key, what]) => (
              <button key={name} class="button small" aria-pressed={on[name]} title={`${what} (${key})`} onClick={() => flip(name, on[name])}>
                {label}
              </button>
            ))}
          </div>
        )}
        <label class="inline-field">
          Step
          <input
            class="input step"
            value={param('step')}
            placeholder={'step' in step ? `auto: ${stepText(step.step)}` : 'auto'}
            aria-invalid={'error' in step}
            title={'error' in step ? step.error : undefined}
            onChange={(e) => setParams({ step: e.currentTarget.value.trim() === 'auto' ? null : e.currentTarget.value.trim() })}
          />
        </label>
        <Segmented
          label="View"
          value={view}
          options={[
            { value: 'graph', label: 'Graph', title: 'Over time (v)' },
            { value: 'heatmap', label: 'Heatmap', title: 'Histograms over time (v)' },
            { value: 'table', label: 'Table', title: 'At the end of the time range (v)' },
          ]}
          onChange={setView}
        />
      </div>
      {'error' in step && (
        <p class="form-error" role="alert">
          {step.error}
        </p>
      )}
    </>
  );
}

interface AnswersProps {
  queries: Query[];
  named: boolean;
  onNotes: (notes: NotesOf) => void;
}

function Answers({ queries, named, onNotes }: AnswersProps) {
  const step = stepNow();
  if (viewOf() === 'table') return <AtOnce queries={queries} named={named} onNotes={onNotes} />;
  return 'step' in step ? <OverTime queries={queries} named={named} onNotes={onNotes} step={step.step} /> : null;
}

/** Tells the editors what the answers say of their queries, once for each answer. */
function useNotes(results: Parameters<typeof notesOf>[0][], onNotes: (notes: NotesOf) => void): void {
  useMemo(() => queueMicrotask(() => onNotes(Object.fromEntries(results.map((r) => [r.query.letter, notesOf(r)])))), [results]);
}

function AtOnce({ queries, named, onNotes }: AnswersProps) {
  const w = resolved.value;
  const { results, loading, reload } = useResults(queries, (q, s) => queryInstant(q, w.endMs / 1000, s), [w]);
  useNotes(results, onNotes);
  if (loading && !results.length) return <Loading lines={6} />;
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      <Notes results={results} named={named} />
      <Tables results={results} atMs={w.endMs} reload={reload} />
    </div>
  );
}

function OverTime({ queries, named, onNotes, step }: AnswersProps & { step: number }) {
  const w = resolved.value;
  const on = readSwitches();
  const view = viewOf();
  // What is not over yet has no last step: its rates would fall.
  const endS = (relative.value ? Math.floor : Math.ceil)(w.endMs / 1000 / step) * step;
  const grid: Grid = { startS: Math.floor(w.startMs / 1000 / step) * step, endS, step };
  const { results, loading, reload } = useResults(queries, (q, s) => queryRange(q, grid.startS, grid.endS, step, s), [grid.startS, grid.endS, step]);
  const marks = useReleases(w, on.releases && view === 'graph');
  const exemplars = useExemplars(queries, grid.startS, grid.endS, on.exemplars);
  useNotes(results, onNotes);
  if (loading && !results.length) return <Loading lines={6} />;
  return (
    <div class={loading ? 'stale' : undefined} aria-busy={loading}>
      <Errors results={results} named={named} retry={reload} />
      <Notes results={results} named={named} />
      <Explain queries={queries} grid={grid} />
      <Warnings items={exemplars.failed ? [`Exemplars could not be read: ${exemplars.failed}`] : []} />
      {view === 'heatmap' ? (
        <Heatmaps results={results} window={w} grid={grid} exemplars={exemplars} />
      ) : (
        <Graphs results={results} window={w} grid={grid} switches={on} named={named} marks={marks} exemplars={exemplars} />
      )}
      {marks.length > 0 && view === 'graph' && (
        <p class="list-note dim">
          <span class="mark-sign">▾</span> {marks.map((m) => m.label.replace('Release ', '')).join(', ')}: releases first seen in this time range.
        </p>
      )}
    </div>
  );
}
