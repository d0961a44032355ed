/** Metrics: PromQL queries side by side, as a graph or as a table. */
import { useMemo, useState } from 'preact/hooks';
import { refresh, relative, resolved } from '../../app/range';
import { param, setParams, url } from '../../app/router';
import { Page } from '../../app/shell';
import { Segmented } from '../../components/bits';
import { Icon } from '../../components/icon';
import { parseStep } from '../../lib/promql';
import { stepText } from '../../lib/step';
import { MetricBrowser } from './browser';
import { QueryRow } from './queryrow';
import { Graph } from './graph';
import { Tables } from './table';
import './metrics.css';
import type { Query } from './query';

/** Queries live in the URL as `a`, `b`, `c` …, hidden ones are named in `hide`. */
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'];

function readQueries(): Query[] {
  const p = url.value.searchParams;
  const hide = p.get('hide') ?? '';
  return LETTERS.filter((l) => p.has(l)).map((letter) => ({ letter, text: p.get(letter)!, hidden: hide.includes(letter) }));
}

export default function Metrics() {
  const w = resolved.value;
  const queries = readQueries();
  const [blank, setBlank] = useState<string | null>(null);
  const view = param('view') === 'table' ? 'table' : 'graph';
  const stepParam = param('step');
  const step = parseStep(stepParam, w.startMs, w.endMs);
  const active = useMemo(() => queries.filter((q) => !q.hidden && q.text), [url.value.search]);

  const run = (letter: string, text: string) => {
    setBlank(null);
    setParams({ [letter]: text });
    if (relative.peek()) refresh();
  };
  const remove = (letter: string) => {
    setBlank(null);
    setParams({ [letter]: null, hide: param('hide').replace(letter, '') });
  };
  const hide = (letter: string) => {
    const h = param('hide');
    setParams({ hide: h.includes(letter) ? h.replace(letter, '') : h + letter }, { replace: true });
  };
  const next = LETTERS.find((l) => !queries.some((q) => q.letter === l) && l !== blank);
  const shown: Query[] = [...queries];
  if (blank && !queries.some((q) => q.letter === blank)) shown.push({ letter: blank, text: '', hidden: false });
  if (!shown.length) shown.push({ letter: 'a', text: '', hidden: false });
  return (
    <Page title="Metrics">
      <div class="queries">
        {shown.map((q, i) => (
          <QueryRow
            key={q.letter}
            query={q}
            first={i === 0}
            single={shown.length === 1}
            onRun={(text) => run(q.letter, text)}
            onRemove={() => remove(q.letter)}
            onHide={() => hide(q.letter)}
          />
        ))}
      </div>
      <div class="toolbar metrics-bar">
        <button class="button" disabled={!next || !queries.length} onClick={() => setBlank(next ?? null)}>
          <Icon name="plus" size={14} /> Add a query
        </button>
        <span class="grow" />
        <label class="inline-field">
          Step
          <input
            class="input step"
            value={stepParam}
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
            { value: 'graph', label: 'Graph' },
            { value: 'table', label: 'Table' },
          ]}
          onChange={(v) => setParams({ view: v === 'graph' ? null : v })}
        />
      </div>
      {'error' in step && (
        <p class="form-error" role="alert">
          {step.error}
        </p>
      )}
      {active.length === 0 ? (
        <MetricBrowser onPick={(text) => run(shown[0]!.letter, text)} hidden={queries.length > 0 && queries.every((q) => q.hidden)} />
      ) : view === 'table' ? (
        <Tables queries={active} window={w} />
      ) : (
        'step' in step && <Graph queries={active} window={w} step={step.step} named={queries.length > 1} />
      )}
    </Page>
  );
}
